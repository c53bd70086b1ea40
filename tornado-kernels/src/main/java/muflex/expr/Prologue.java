package muflex.expr;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.TypeKind;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Takes captured values out of where they are kept once, before they are used. */
final class Prologue {
    private Prologue() {}

    /** Loads a captured value, as an Object. */
    interface Source {
        void load(CodeBuilder code, int slot);

        /** From the {@code Object[]} in that local. */
        static Source array(int local) {
            return (code, slot) -> code.aload(local).loadConstant(slot).aaload();
        }
    }

    /** Puts each captured array that {@code order} reads into a local, by slot. */
    static Map<Integer, Integer> arrays(CodeBuilder code, List<Expr> order, Source captures) {
        Map<Integer, Integer> arrays = new HashMap<>();
        for (Expr e : order) {
            if (e instanceof Expr.Read read && !arrays.containsKey(read.slot())) {
                int local = code.allocateLocal(TypeKind.REFERENCE);
                captures.load(code, read.slot());
                code.checkcast(read.storage().descriptor()).astore(local);
                arrays.put(read.slot(), local);
            }
        }
        return arrays;
    }

    /** Unboxes each captured scalar of {@code order} into a local and binds it. */
    static void scalars(CodeBuilder code, List<Expr> order, Source captures, ScalarEmitter emitter) {
        for (Expr e : order) {
            if (e instanceof Expr.Captured c) {
                int local = code.allocateLocal(c.type().kind());
                captures.load(code, c.slot());
                ScalarCode.unbox(code, c.type());
                code.storeLocal(c.type().kind(), local);
                emitter.bind(c, local);
            }
        }
    }
}
