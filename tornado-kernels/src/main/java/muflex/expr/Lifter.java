package muflex.expr;

import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lifts a lambda to an expression, by running its own bytecode on expressions instead of numbers.
 *
 * <p>What can be lifted: arithmetic, comparisons, casts and bit operations on primitives; local variables;
 * branches, switches over ints, and loops whose trip count constants and captured scalars decide (they are
 * unrolled); {@link Math}; reads of captured {@code float[]}, {@code int[]}, {@code byte[]}, {@code float[][]} and
 * their lengths; final fields of captured objects, and static final fields; calls of static methods, of methods of
 * captured objects, and of captured lambdas. Branches that captured scalars decide are decided here.
 */
public final class Lifter {
    private Lifter() {}

    /**
     * Lifts the function of an object: a lambda or method reference whose interface is {@link java.io.Serializable},
     * or an object of a class that has one functional interface.
     *
     * @throws LiftException if it is, or does, something else; the message names it, its class, method and line
     */
    public static Lifted lift(Object function) {
        SerializedLambda form = Lambdas.serialized(function);
        if (form != null) {
            return lift(
                    function,
                    form.getFunctionalInterfaceClass().replace('/', '.'),
                    form.getFunctionalInterfaceMethodName(),
                    MethodTypeDesc.ofDescriptor(form.getInstantiatedMethodType()),
                    form);
        }
        Method method = Lambdas.functionalMethod(function.getClass());
        List<ClassDesc> parameters = new ArrayList<>();
        for (Class<?> parameter : method.getParameterTypes()) {
            parameters.add(parameter.describeConstable().orElseThrow());
        }
        return lift(
                function,
                method.getDeclaringClass().getName(),
                method.getName(),
                MethodTypeDesc.of(method.getReturnType().describeConstable().orElseThrow(), parameters),
                null);
    }

    private static Lifted lift(
            Object function, String owner, String name, MethodTypeDesc type, @Nullable SerializedLambda form) {
        String text = Signatures.text(owner, name, type);
        Lifting lifting = new Lifting();
        Nodes nodes = lifting.nodes();
        Calls calls = new Calls(lifting, function.getClass().getClassLoader());
        List<String> names = calls.parameterNames(function, form, name, type);
        List<Expr.Parameter> parameters = new ArrayList<>();
        List<Value> arguments = new ArrayList<>();
        for (int i = 0; i < type.parameterCount(); i++) {
            Expr.Parameter parameter = new Expr.Parameter(number(type.parameterType(i), text), i, names.get(i));
            parameters.add(parameter);
            Expr e = nodes.one(parameter);
            arguments.add(new Value.Scalar(e.type() == Type.BOOLEAN ? nodes.cast(Type.INT, e) : e));
        }
        Type result = number(type.returnType(), text);
        Value value;
        try {
            value = calls.invokeOn(function, owner, name, type, arguments);
        } catch (Unsupported e) {
            throw e.in(text);
        }
        if (!(value instanceof Value.Scalar(Expr body))) {
            throw new LiftException("lambda: expected a number as its result, got an object from " + text
                    + "; return a number or boolean");
        }
        Expr typed = result == Type.BOOLEAN
                ? nodes.compare(Comparison.NE, body, nodes.constant(0))
                : nodes.cast(result, body);
        lifting.check(typed, text);
        return new Lifted(parameters, typed, lifting.captures());
    }

    private static Type number(ClassDesc type, String text) {
        if (!Signatures.isNumber(type)) {
            throw new LiftException("lambda: expected primitive parameters and result, got " + type.displayName()
                    + " in " + text + "; use an interface with primitives");
        }
        return Signatures.type(type);
    }
}
