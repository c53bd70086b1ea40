package muflex.expr;

import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandleInfo;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.AccessFlag;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Calls of methods: of {@link Math} as operations, of anything else that can be read by lifting it in place. */
final class Calls {
    private final Lifting lifting;
    private final Nodes nodes;
    private final @Nullable ClassLoader loader;

    Calls(Lifting lifting, @Nullable ClassLoader loader) {
        this.lifting = lifting;
        this.nodes = lifting.nodes();
        this.loader = loader;
    }

    void invoke(State state, InvokeInstruction call) throws Unsupported {
        MethodTypeDesc type = call.typeSymbol();
        List<Value> arguments = new ArrayList<>();
        for (int i = type.parameterCount() - 1; i >= 0; i--) {
            boolean number = type.parameterType(i).isPrimitive();
            arguments.addFirst(number ? new Value.Scalar(state.popScalar(nodes)) : state.pop());
        }
        String owner = Signatures.binaryName(call.owner().asSymbol());
        String name = call.name().stringValue();
        Value result;
        if (call.opcode() == Opcode.INVOKESTATIC) {
            result = invokeStatic(owner, name, type, arguments);
        } else {
            String text = Signatures.text(owner, name, type);
            Object receiver = CapturedObjects.object(state.pop(), "a call of " + text);
            result = call.opcode() == Opcode.INVOKESPECIAL
                    ? invokeSpecial(owner, name, type, receiver, arguments)
                    : invokeOn(receiver, owner, name, type, arguments);
        }
        if (result != null) {
            state.push(result);
        }
    }

    private @Nullable Value invokeStatic(String owner, String name, MethodTypeDesc type, List<Value> arguments)
            throws Unsupported {
        Expr intrinsic = Intrinsics.of(owner, name, type, arguments, nodes);
        if (intrinsic != null) {
            return new Value.Scalar(intrinsic);
        }
        if (owner.equals("java.util.Objects") && name.equals("requireNonNull")) {
            return arguments.getFirst();
        }
        String text = Signatures.text(owner, name, type);
        if (isForeign(owner)) {
            return inlined(owner, name, type, arguments, text);
        }
        MethodCode code = declared(load(owner), name, type);
        if (code == null) {
            throw new Unsupported("a call of " + text + ", which has no bytecode", "write it in Java");
        }
        return lifting.call(code, arguments);
    }

    private static boolean isForeign(String owner) {
        return owner.startsWith("java.") || owner.startsWith("javax.") || owner.startsWith("jdk.");
    }

    /** A method of the JDK: if it can't be lifted, the caller is told, not what is wrong inside. */
    private @Nullable Value inlined(String owner, String name, MethodTypeDesc type, List<Value> arguments, String text)
            throws Unsupported {
        Unsupported unsupported = new Unsupported("a call of " + text, advice(owner));
        if (!Intrinsics.isInlined(owner, name)) {
            throw unsupported;
        }
        MethodCode code = declared(load(owner), name, type);
        if (code == null) {
            throw unsupported;
        }
        try {
            return lifting.call(code, arguments);
        } catch (LiftException e) {
            throw unsupported;
        }
    }

    private static String advice(String owner) {
        return switch (owner) {
            case "java.lang.Math", "java.lang.StrictMath" ->
                "use abs, ceil, clamp, cos, exp, expm1, floor, floorDiv, floorMod, fma, log, log1p, max, min, pow, rint,"
                        + " signum, sin, sqrt, tan or tanh of Math";
            default -> "compute it outside of the lambda and capture the result";
        };
    }

    private Class<?> load(String name) throws Unsupported {
        return CapturedObjects.load(name, loader);
    }

    /** A method as its class or a superclass declares it. */
    private @Nullable MethodCode declared(Class<?> owner, String name, MethodTypeDesc type) {
        for (Class<?> c = owner; c != null; c = c.getSuperclass()) {
            MethodCode code = lifting.classes().find(c, name, type.descriptorString());
            if (code != null) {
                return code;
            }
        }
        return null;
    }

    private @Nullable Value invokeSpecial(
            String owner, String name, MethodTypeDesc type, Object receiver, List<Value> arguments) throws Unsupported {
        MethodCode code = isForeign(owner) ? null : declared(load(owner), name, type);
        return code == null
                ? invokeOn(receiver, owner, name, type, arguments)
                : lifting.call(code, with(receiver, arguments));
    }

    private static List<Value> with(Object receiver, List<Value> arguments) {
        List<Value> all = new ArrayList<>();
        all.add(new Value.Reference(receiver));
        all.addAll(arguments);
        return all;
    }

    /** A call of a captured object's method, found by the object's own class. */
    @Nullable
    Value invokeOn(Object receiver, String owner, String name, MethodTypeDesc type, List<Value> arguments)
            throws Unsupported {
        SerializedLambda form = Lambdas.serialized(receiver);
        if (form != null && form.getFunctionalInterfaceMethodName().equals(name)) {
            // A captured lambda's classes are those of its own loader, which may know more than this code's.
            return new Calls(lifting, receiver.getClass().getClassLoader())
                    .invokeLambda(receiver, form, type, arguments);
        }
        Value unboxed = unboxed(receiver, name, type);
        if (unboxed != null) {
            return unboxed;
        }
        MethodCode code = isForeign(receiver.getClass().getName())
                ? null
                : lifting.classes().findVirtual(receiver.getClass(), name, type.descriptorString());
        if (code == null) {
            throw new Unsupported(
                    "a call of " + Signatures.text(owner, name, type) + " on a "
                            + receiver.getClass().getName(),
                    advice(owner));
        }
        return lifting.call(code, with(receiver, arguments));
    }

    /** {@code receiver.intValue()} and its like on a captured box, {@code ordinal()} on an enum constant; or null. */
    @SuppressWarnings("EnumOrdinal") // a switch over an enum asks for it
    private @Nullable Value unboxed(Object receiver, String name, MethodTypeDesc type) {
        boolean box = receiver instanceof Boolean
                || receiver instanceof Character
                || (receiver instanceof Number && isForeign(receiver.getClass().getName()));
        if (box && name.endsWith("Value") && type.parameterCount() == 0) {
            Value value = lifting.scalar(receiver, "value", receiver);
            Type to = Signatures.type(type.returnType());
            return value instanceof Value.Scalar(Expr e) && to != Type.BOOLEAN
                    ? new Value.Scalar(nodes.cast(to, e))
                    : value;
        }
        return receiver instanceof Enum<?> constant && name.equals("ordinal")
                ? new Value.Scalar(nodes.constant(constant.ordinal()))
                : null;
    }

    /** A call of a lambda or method reference, whose interface's method is of that type. */
    private @Nullable Value invokeLambda(
            Object lambda, SerializedLambda form, MethodTypeDesc type, List<Value> arguments) throws Unsupported {
        String owner = form.getImplClass().replace('/', '.');
        String name = form.getImplMethodName();
        MethodTypeDesc target = MethodTypeDesc.ofDescriptor(form.getImplMethodSignature());
        boolean isStatic = form.getImplMethodKind() == MethodHandleInfo.REF_invokeStatic;
        if (form.getImplMethodKind() == MethodHandleInfo.REF_newInvokeSpecial) {
            throw new Unsupported("a reference to a constructor", "use a lambda that computes a number");
        }
        int receivers = isStatic ? 0 : 1;
        if (!isStatic && form.getCapturedArgCount() == 0) {
            throw new Unsupported("a method reference to its own argument's " + name, "use a lambda");
        }
        List<Value> all = new ArrayList<>();
        for (int i = receivers; i < form.getCapturedArgCount(); i++) {
            boolean primitive = target.parameterType(i - receivers).isPrimitive();
            all.add(CapturedObjects.value(lifting, primitive, lambda, "argument " + i, form.getCapturedArg(i)));
        }
        for (Value argument : arguments) {
            all.add(converted(argument, target.parameterType(all.size())));
        }
        Value result = isStatic ? invokeStatic(owner, name, target, all) : invokeBound(form, owner, name, target, all);
        return result == null ? null : converted(result, type.returnType());
    }

    private @Nullable Value invokeBound(
            SerializedLambda form, String owner, String name, MethodTypeDesc type, List<Value> arguments)
            throws Unsupported {
        Object receiver = CapturedObjects.object(new Value.Reference(form.getCapturedArg(0)), "a call of " + name);
        MethodCode code = isForeign(owner) || Lambdas.serialized(receiver) != null
                ? null
                : lifting.classes().find(load(owner), name, type.descriptorString());
        // A private method is that of its class, even if the receiver's class has one of that name.
        return code != null && code.method().flags().has(AccessFlag.PRIVATE)
                ? lifting.call(code, with(receiver, arguments))
                : invokeOn(receiver, owner, name, type, arguments);
    }

    /** The names that the source gives to the parameters of a function, or p0, p1 …. */
    List<String> parameterNames(Object function, @Nullable SerializedLambda form, String name, MethodTypeDesc type) {
        MethodCode code = null;
        int slot = 1;
        if (form == null) {
            code = lifting.classes().findVirtual(function.getClass(), name, type.descriptorString());
        } else if (form.getImplMethodName().startsWith("lambda$")) {
            MethodTypeDesc target = MethodTypeDesc.ofDescriptor(form.getImplMethodSignature());
            slot = form.getImplMethodKind() == MethodHandleInfo.REF_invokeStatic ? 0 : 1;
            for (int i = 0; i < target.parameterCount() - type.parameterCount(); i++) {
                slot += TypeKind.from(target.parameterType(i)).slotSize();
            }
            code = ofLambda(form);
        }
        List<String> names = new ArrayList<>();
        for (int i = 0; i < type.parameterCount(); i++) {
            String known = code == null ? null : code.parameterName(slot);
            names.add(known == null ? "p" + i : known);
            slot += TypeKind.from(type.parameterType(i)).slotSize();
        }
        return names;
    }

    private @Nullable MethodCode ofLambda(SerializedLambda form) {
        try {
            Class<?> owner = load(form.getImplClass().replace('/', '.'));
            return lifting.classes().find(owner, form.getImplMethodName(), form.getImplMethodSignature());
        } catch (Unsupported e) {
            return null; // lifting itself will say so
        }
    }

    /** Widens a number as a method reference does. */
    private Value converted(Value value, ClassDesc to) throws Unsupported {
        if (!(value instanceof Value.Scalar(Expr e))) {
            return value;
        }
        if (!Signatures.isNumber(to)) {
            throw new Unsupported("a boxed " + to.displayName(), "use primitive parameters and results");
        }
        Type type = Signatures.type(to);
        return type == Type.BOOLEAN ? value : new Value.Scalar(nodes.cast(type, e));
    }
}
