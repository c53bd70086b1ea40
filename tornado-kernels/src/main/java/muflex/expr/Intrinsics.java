package muflex.expr;

import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The methods of {@link Math} that are operations of expressions. */
final class Intrinsics {
    private static final Set<String> STRICT =
            Set.of("abs", "signum", "floor", "ceil", "rint", "sqrt", "min", "max", "floorDiv", "floorMod", "fma");
    private static final Set<String> BOXES =
            Set.of("Boolean", "Byte", "Character", "Short", "Integer", "Long", "Float", "Double");
    private static final Set<String> INLINED = Set.of("clamp", "ceilDiv", "ceilMod", "toRadians", "toDegrees");

    private Intrinsics() {}

    /** The call as an expression, or null if it is no such method; {@code owner} is a binary name. */
    static @Nullable Expr of(String owner, String name, MethodTypeDesc type, List<Value> arguments, Nodes nodes) {
        boolean strict = owner.equals("java.lang.StrictMath") && STRICT.contains(name);
        if (!(owner.equals("java.lang.Math") || strict)
                || !arguments.stream().allMatch(Value.Scalar.class::isInstance)) {
            return null;
        }
        List<Expr> operands =
                arguments.stream().map(value -> ((Value.Scalar) value).expr()).toList();
        return switch (operands.size()) {
            case 1 -> unary(name, operands.getFirst(), nodes);
            case 2 -> binary(name, type.returnType(), operands.getFirst(), operands.getLast(), nodes);
            case 3 ->
                name.equals("fma") ? nodes.make(new Expr.Fma(operands.get(0), operands.get(1), operands.get(2))) : null;
            default -> null;
        };
    }

    private static @Nullable Expr unary(String name, Expr x, Nodes nodes) {
        for (UnaryOp op : UnaryOp.values()) {
            boolean takes = x.type().isFloating() || op == UnaryOp.ABS;
            if (op.isFunction() && op.symbol().equals(name) && takes) {
                return nodes.unary(op, x);
            }
        }
        return null;
    }

    private static @Nullable Expr binary(String name, ClassDesc result, Expr a, Expr b, Nodes nodes) {
        for (BinaryOp op : BinaryOp.values()) {
            if (op.isFunction() && op.symbol().equals(name)) {
                // floorDiv and floorMod of (long, int) compute in long.
                return nodes.cast(Signatures.type(result), nodes.binary(op, a, nodes.cast(a.type(), b)));
            }
        }
        return null;
    }

    /** Whether a method of the JDK may be lifted from its own bytecode. */
    static boolean isInlined(String owner, String name) {
        if (!owner.startsWith("java.lang.")) {
            return false;
        }
        String simple = owner.substring("java.lang.".length());
        return simple.equals("Math") ? INLINED.contains(name) : BOXES.contains(simple) && !name.equals("valueOf");
    }
}
