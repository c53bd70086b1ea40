package muflex.expr;

import java.lang.classfile.CodeBuilder;
import java.util.List;
import java.util.function.Predicate;

/** What of a {@link RowFunction} is the same for all elements of a row. */
final class Uniforms {
    private Uniforms() {}

    /**
     * Binds the uniform parameters, and computes into locals what depends on nothing else, can't throw, and is used by
     * what varies.
     *
     * @param order every node below {@code roots}, operands first
     * @param which what of all that to bind now
     */
    static void bind(
            RowSlots slots,
            List<Expr> order,
            List<Expr> roots,
            Placement placement,
            ScalarEmitter emitter,
            CodeBuilder code,
            Predicate<Expr> which) {
        for (Expr e : order) {
            if (e instanceof Expr.Parameter p && slots.isUniform(p) && which.test(p)) {
                emitter.bind(p, slots.parameter(code, p.index()));
            }
        }
        NodeMap<Boolean> varies = slots.varying(order);
        emitter.begin(List.of());
        for (Expr user : order) {
            for (Expr e : user.operands()) {
                if (varies.get(user) && which.test(e) && isHoisted(e, varies, placement)) {
                    emitter.store(e);
                }
            }
        }
        for (Expr root : roots) {
            if (which.test(root) && isHoisted(root, varies, placement)) {
                emitter.store(root);
            }
        }
    }

    private static boolean isHoisted(Expr e, NodeMap<Boolean> varies, Placement placement) {
        return !varies.get(e) && placement.isPure(e) && !(e instanceof Expr.Constant);
    }
}
