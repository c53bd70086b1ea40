package muflex.expr;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Symbolic derivatives. A piecewise operation has the derivative of the piece taken: a select that of its arm,
 * minimum and maximum that of the smaller and larger operand (of the second, or of the constant, where they are
 * equal, so that max(x, 0) has derivative 0 at 0); |x| has 0 at 0. floor, ceil, rint, signum and everything of
 * ints have derivative 0. Floats are differentiated in float, doubles in double.
 */
public final class Derivative {

    /**
     * The derivative with respect to one read of a captured {@code float[]}.
     *
     * @param read the element: {@code captures[read.slot()][read.index()]}
     * @param active whether the read is executed at all; evaluate the others only where it is
     * @param partial the derivative with respect to the element
     */
    public record ReadDerivative(Expr.Read read, Expr active, Expr partial) {}

    private final Nodes nodes = new Nodes();

    private Derivative() {}

    /** ∂e/∂p, of e's type, simplified; zero if e doesn't depend on p. */
    public static Expr withRespectTo(Expr e, Expr.Parameter p) {
        requireFloating(e);
        Derivative d = new Derivative();
        Expr root = d.nodes.simplify(List.of(e)).getFirst();
        NodeMap<Expr> tangents = new NodeMap<>();
        for (Expr node : Dag.order(root)) {
            Expr tangent = node instanceof Expr.Parameter q
                            && q.index() == p.index()
                            && q.type().isFloating()
                    ? d.one(q.type())
                    : d.tangent(node, tangents);
            if (tangent != null) {
                tangents.put(node, tangent);
            }
        }
        Expr tangent = tangents.find(root);
        return tangent == null ? d.nodes.zero(root.type()) : tangent;
    }

    /** The derivatives with respect to every read of a captured {@code float[]}, in the order they are evaluated. */
    public static List<ReadDerivative> withRespectToReads(Expr e) {
        requireFloating(e);
        Derivative d = new Derivative();
        return d.adjoints(d.nodes.simplify(List.of(e)).getFirst());
    }

    private static void requireFloating(Expr e) {
        if (!e.type().isFloating()) {
            throw new IllegalArgumentException(
                    "e: expected float or double, got " + e.type() + "; only those have derivatives");
        }
    }

    /** The derivative of a node, those of its operands given; null stands for zero. */
    private @Nullable Expr tangent(Expr node, NodeMap<Expr> tangents) {
        if (!node.type().isFloating()) {
            return null;
        }
        Expr sum = null;
        if (node instanceof Expr.Select(Expr condition, Expr then, Expr otherwise)) {
            Expr a = tangents.find(then);
            Expr b = tangents.find(otherwise);
            Expr zero = nodes.zero(node.type());
            return a == null && b == null ? null : nodes.select(condition, a == null ? zero : a, b == null ? zero : b);
        }
        List<Expr> operands = node.operands();
        for (int i = 0; i < operands.size(); i++) {
            Expr tangent = tangents.find(operands.get(i));
            if (tangent != null) {
                sum = plus(sum, along(node, i, tangent));
            }
        }
        return sum;
    }

    private @Nullable Expr plus(@Nullable Expr a, @Nullable Expr b) {
        return a == null ? b : b == null ? a : nodes.binary(BinaryOp.ADD, a, b);
    }

    private Expr one(Type type) {
        return number(type, 1);
    }

    private Expr number(Type type, int value) {
        return nodes.constant(type, Fold.cast(type, value));
    }

    private Expr times(Expr a, Expr b) {
        return nodes.binary(BinaryOp.MUL, a, b);
    }

    /** {@code d} · ∂node/∂operand i, or null if that derivative is zero; not of selects. */
    private @Nullable Expr along(Expr node, int i, Expr d) {
        return switch (node) {
            case Expr.Unary(UnaryOp op, Expr x) -> unary(node, op, x, d);
            case Expr.Binary(BinaryOp op, Expr a, Expr b) ->
                i == 0 ? first(node, op, a, b, d) : second(node, op, a, b, d);
            case Expr.Fma(Expr a, Expr b, Expr _) -> i == 2 ? d : times(d, i == 0 ? b : a);
            case Expr.Cast(Type type, Expr _) -> nodes.cast(type, d);
            default -> null;
        };
    }

    private @Nullable Expr unary(Expr node, UnaryOp op, Expr x, Expr d) {
        Expr one = one(node.type());
        return switch (op) {
            case NEGATE -> nodes.unary(UnaryOp.NEGATE, d);
            case ABS -> times(d, nodes.unary(UnaryOp.SIGNUM, x));
            case SIGNUM, FLOOR, CEIL, RINT, NOT -> null;
            case SQRT -> nodes.binary(BinaryOp.DIV, d, nodes.binary(BinaryOp.ADD, node, node));
            case EXP -> times(d, node);
            case EXPM1 -> times(d, nodes.binary(BinaryOp.ADD, node, one));
            case LOG -> nodes.binary(BinaryOp.DIV, d, x);
            case LOG1P -> nodes.binary(BinaryOp.DIV, d, nodes.binary(BinaryOp.ADD, x, one));
            case SIN -> times(d, nodes.unary(UnaryOp.COS, x));
            case COS -> times(d, nodes.unary(UnaryOp.NEGATE, nodes.unary(UnaryOp.SIN, x)));
            case TAN -> times(d, nodes.binary(BinaryOp.ADD, times(node, node), one));
            case TANH -> timesSechSquared(d, x);
        };
    }

    /** d · tanh′, tanh′ = 4e / (1 + e)² with e = exp(−2|x|): near ±1, 1 − tanh² would be mostly rounding. */
    private Expr timesSechSquared(Expr d, Expr x) {
        Expr e = exponential(x, nodes);
        Expr r = nodes.binary(BinaryOp.DIV, one(x.type()), nodes.binary(BinaryOp.ADD, e, one(x.type())));
        // In this order little is left to do once the quotient is there.
        return times(times(times(d, number(x.type(), 4)), e), times(r, r));
    }

    /** exp(−2|x|). */
    static Expr exponential(Expr x, Nodes nodes) {
        Expr factor = nodes.constant(x.type(), Fold.cast(x.type(), -2));
        return nodes.unary(UnaryOp.EXP, nodes.binary(BinaryOp.MUL, nodes.unary(UnaryOp.ABS, x), factor));
    }

    /** x where {@code e} is {@link #exponential} of it, as in the derivative of tanh x; else null. */
    static @Nullable Expr argumentOfTanh(Expr e) {
        return e
                                instanceof
                                Expr.Unary(
                                        UnaryOp exp,
                                        Expr.Binary(
                                                BinaryOp times,
                                                Expr.Unary(UnaryOp abs, Expr x),
                                                Expr.Constant(Type _, Object factor)))
                        && exp == UnaryOp.EXP
                        && times == BinaryOp.MUL
                        && abs == UnaryOp.ABS
                        && ((Number) factor).doubleValue() == -2
                ? x
                : null;
    }

    private @Nullable Expr first(Expr node, BinaryOp op, Expr a, Expr b, Expr d) {
        return switch (op) {
            case ADD, SUB, REM -> d;
            case MUL -> times(d, b);
            case DIV -> nodes.binary(BinaryOp.DIV, d, b);
            case MIN -> nodes.select(nodes.compare(Comparison.LT, a, b), d, nodes.zero(node.type()));
            case MAX -> nodes.select(nodes.compare(Comparison.GT, a, b), d, nodes.zero(node.type()));
            case POW -> {
                Expr less = nodes.binary(BinaryOp.SUB, b, one(node.type()));
                yield times(d, times(b, nodes.binary(BinaryOp.POW, a, less)));
            }
            default -> null;
        };
    }

    private @Nullable Expr second(Expr node, BinaryOp op, Expr a, Expr b, Expr d) {
        return switch (op) {
            case ADD -> d;
            case SUB -> nodes.unary(UnaryOp.NEGATE, d);
            case MUL -> times(d, a);
            case DIV -> nodes.unary(UnaryOp.NEGATE, nodes.binary(BinaryOp.DIV, times(d, node), b));
            // a % b = a − b·n, where the whole number n is (a − a % b) / b
            case REM -> {
                Expr n = nodes.binary(BinaryOp.DIV, nodes.binary(BinaryOp.SUB, node, a), b);
                yield times(d, n);
            }
            case MIN -> nodes.select(nodes.compare(Comparison.LT, a, b), nodes.zero(node.type()), d);
            case MAX -> nodes.select(nodes.compare(Comparison.GT, a, b), nodes.zero(node.type()), d);
            case POW -> times(d, times(node, nodes.unary(UnaryOp.LOG, a)));
            default -> null;
        };
    }

    /** What one user of a node adds to the derivative with respect to it, and where that user is evaluated. */
    private record Contribution(Expr value, Expr active) {}

    private List<ReadDerivative> adjoints(Expr root) {
        List<Expr> order = Dag.order(root);
        Placement placement = new Placement(List.of(root));
        NodeMap<List<Contribution>> contributions = new NodeMap<>();
        contributions.put(root, new ArrayList<>(List.of(new Contribution(one(root.type()), nodes.constant(true)))));
        List<ReadDerivative> result = new ArrayList<>();
        for (Expr node : order.reversed()) {
            List<Contribution> given = contributions.find(node);
            if (given == null) {
                continue;
            }
            Expr adjoint = sum(given, node.type());
            Expr active = placement.in(placement.sure(root), node) ? nodes.constant(true) : any(given);
            if (node instanceof Expr.Read read && read.storage() == Storage.FLOATS) {
                result.addFirst(new ReadDerivative(read, active, adjoint));
            }
            contribute(node, adjoint, active, contributions);
        }
        return result;
    }

    private void contribute(Expr node, Expr adjoint, Expr active, NodeMap<List<Contribution>> to) {
        if (node instanceof Expr.Select(Expr condition, Expr then, Expr otherwise)) {
            Expr never = nodes.constant(false);
            add(to, then, new Contribution(adjoint, nodes.select(active, condition, never)));
            add(to, otherwise, new Contribution(adjoint, nodes.select(active, nodes.not(condition), never)));
            return;
        }
        for (int i = 0; i < node.operands().size(); i++) {
            Expr operand = node.operands().get(i);
            Expr value = operand.type().isFloating() ? alongOrCast(node, i, adjoint, operand) : null;
            if (value != null) {
                add(to, operand, new Contribution(value, active));
            }
        }
    }

    private @Nullable Expr alongOrCast(Expr node, int i, Expr adjoint, Expr operand) {
        return node instanceof Expr.Cast && node.type().isFloating()
                ? nodes.cast(operand.type(), adjoint)
                : along(node, i, adjoint);
    }

    private static void add(NodeMap<List<Contribution>> to, Expr node, Contribution contribution) {
        if (node.type().isFloating()) {
            List<Contribution> list = to.find(node);
            if (list == null) {
                list = new ArrayList<>();
                to.put(node, list);
            }
            list.add(contribution);
        }
    }

    /** Sums contributions, each only where its user is evaluated: elsewhere it may throw, or be 0·∞. */
    private Expr sum(List<Contribution> given, Type type) {
        Expr sum = null;
        for (Contribution c : given) {
            Expr term = given.size() == 1 ? c.value() : nodes.select(c.active(), c.value(), nodes.zero(type));
            sum = plus(sum, term);
        }
        return sum == null ? nodes.zero(type) : sum;
    }

    private Expr any(List<Contribution> given) {
        Expr any = nodes.constant(false);
        for (Contribution c : given.reversed()) {
            any = nodes.select(c.active(), nodes.constant(true), any);
        }
        return any;
    }
}
