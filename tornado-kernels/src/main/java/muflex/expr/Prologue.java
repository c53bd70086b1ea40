package muflex.expr;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.TypeKind;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Takes captured values out of {@code Object[] captures} once, before they are used. */
final class Prologue {
    private Prologue() {}

    /** Puts each captured array that {@code order} reads into a local, by slot. */
    static Map<Integer, Integer> arrays(CodeBuilder code, List<Expr> order, int captures) {
        Map<Integer, Integer> arrays = new HashMap<>();
        for (Expr e : order) {
            if (e instanceof Expr.Read read && !arrays.containsKey(read.slot())) {
                int local = code.allocateLocal(TypeKind.REFERENCE);
                code.aload(captures)
                        .loadConstant(read.slot())
                        .aaload()
                        .checkcast(read.storage().descriptor())
                        .astore(local);
                arrays.put(read.slot(), local);
            }
        }
        return arrays;
    }

    /** Unboxes each captured scalar of {@code order} into a local and binds it. */
    static void scalars(CodeBuilder code, List<Expr> order, int captures, ScalarEmitter emitter) {
        for (Expr e : order) {
            if (e instanceof Expr.Captured c) {
                int local = code.allocateLocal(c.type().kind());
                code.aload(captures).loadConstant(c.slot()).aaload();
                ScalarCode.unbox(code, c.type());
                code.storeLocal(c.type().kind(), local);
                emitter.bind(c, local);
            }
        }
    }
}
