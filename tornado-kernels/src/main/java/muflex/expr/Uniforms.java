package muflex.expr;

import java.lang.classfile.CodeBuilder;
import java.util.List;

/** What of a {@link RowFunction} is the same for all elements of a row. */
final class Uniforms {
    private Uniforms() {}

    /**
     * Binds the uniform parameters, and computes into locals what depends on nothing else, can't throw, and is used by
     * what varies.
     *
     * @param order every node below {@code roots}, operands first
     */
    static void bind(
            RowSlots slots,
            List<Expr> order,
            List<Expr> roots,
            Placement placement,
            ScalarEmitter emitter,
            CodeBuilder code) {
        for (Expr e : order) {
            if (e instanceof Expr.Parameter p && slots.isUniform(p)) {
                emitter.bind(p, slots.parameter(code, p.index()));
            }
        }
        NodeMap<Boolean> varies = slots.varying(order);
        emitter.begin(List.of());
        for (Expr user : order) {
            for (Expr e : user.operands()) {
                if (varies.get(user) && isHoisted(e, varies, placement)) {
                    emitter.store(e);
                }
            }
        }
        for (Expr root : roots) {
            if (isHoisted(root, varies, placement)) {
                emitter.store(root);
            }
        }
    }

    private static boolean isHoisted(Expr e, NodeMap<Boolean> varies, Placement placement) {
        return !varies.get(e) && placement.isPure(e) && !(e instanceof Expr.Constant);
    }
}
