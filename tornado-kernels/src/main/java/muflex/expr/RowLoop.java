package muflex.expr;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.util.List;
import muflex.expr.RowFunction.Vary;

/** The loop over elements of a {@link RowFunction}'s scalar forms; what doesn't vary is computed before it. */
final class RowLoop {
    private final RowFunction row;
    private final CodeBuilder code;
    private final Placement placement;
    private final RowSlots slots;
    private final ScalarEmitter emitter;

    /**
     * @param roots all the expressions that the body evaluates, of one pool
     * @param captures where captured values are
     */
    RowLoop(RowFunction row, List<Expr> roots, CodeBuilder code, Prologue.Source captures) {
        this.row = row;
        this.code = code;
        this.placement = new Placement(roots);
        this.slots = new RowSlots(row);
        this.emitter = new ScalarEmitter(code, placement, Prologue.arrays(code, placement.order(), captures));
        Prologue.scalars(code, placement.order(), captures, emitter);
        Uniforms.bind(slots, placement.order(), roots, placement, emitter, code, _ -> true);
    }

    /** Emits what is to be done for element {@code i}, an int in that local. */
    interface Body {
        void emit(ScalarEmitter emitter, RowSlots slots, int i);
    }

    /** Emits the loop, and the return after it. */
    void emit(Body body) {
        int i = code.allocateLocal(TypeKind.INT);
        code.iconst_0().istore(i);
        Label loop = code.newBoundLabel();
        Label end = code.newLabel();
        code.iload(i).iload(slots.count(code)).if_icmpge(end);
        bindVarying(i);
        body.emit(emitter, slots, i);
        code.iinc(i, 1).goto_(loop).labelBinding(end).return_();
    }

    private void bindVarying(int i) {
        for (Expr e : placement.order()) {
            if (e instanceof Expr.Parameter p && row.vary().get(p.index()) != Vary.UNIFORM) {
                int slot = slots.parameter(code, p.index());
                int local = code.allocateLocal(p.type().kind());
                if (row.vary().get(p.index()) == Vary.IOTA) {
                    code.iload(slot).iload(i).iadd().istore(local);
                } else {
                    code.aload(slot).iload(slot + 1).iload(i).iadd().faload().fstore(local);
                }
                emitter.bind(p, local);
            }
        }
    }
}
