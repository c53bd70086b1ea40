package muflex.engine.jvm;

import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;

/**
 * Calls of {@code Lanes} as calls of the Vector API itself, where one method does. C2 inlines the Vector API's own methods
 * whatever the size of the code around them, but ours only up to 8,000 bytes in all ({@code DesiredMethodLimit}) — and
 * a vector that goes through a call which is not inlined is an object.
 */
final class VectorCalls {

    private static final ClassDesc VECTOR = ClassDesc.of("jdk.incubator.vector.Vector");
    private static final ClassDesc FLOATS = ClassDesc.of("jdk.incubator.vector.FloatVector");
    private static final ClassDesc SPECIES = ClassDesc.of("jdk.incubator.vector.VectorSpecies");
    private static final ClassDesc HELPER = ClassDesc.of("muflex.engine.jvm.VectorLanes");
    private static final ClassDesc ARRAY = ConstantDescs.CD_float.arrayType();
    private static final MethodTypeDesc BROADCAST = MethodTypeDesc.of(FLOATS, SPECIES, ConstantDescs.CD_float);

    private VectorCalls() {}

    /** Adds the call of {@code Lanes.name}, whose arguments are on the stack; false if it is no single call. */
    static boolean emit(CodeBuilder code, String name, int arguments) {
        switch (name) {
            // Not FloatVector.zero: a loop whose sums start with it runs a quarter slower (JDK 25, two 256-bit
            // vectors).
            case "zero" -> species(code).fconst_0().invokestatic(FLOATS, "broadcast", BROADCAST);
            case "splat" -> species(code).swap().invokestatic(FLOATS, "broadcast", BROADCAST);
            case "add", "sub", "mul", "div" -> code.invokevirtual(FLOATS, name, MethodTypeDesc.of(FLOATS, VECTOR));
            case "fma" -> code.invokevirtual(FLOATS, name, MethodTypeDesc.of(FLOATS, VECTOR, VECTOR));
            case "sqrt" -> code.invokevirtual(FLOATS, name, MethodTypeDesc.of(FLOATS));
            case "load", "store" -> {
                return memory(code, name, arguments);
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private static boolean memory(CodeBuilder code, String name, int arguments) {
        MethodTypeDesc whole = MethodTypeDesc.of(ConstantDescs.CD_void, ARRAY, ConstantDescs.CD_int);
        if (name.equals("load") && arguments == 2) {
            MethodTypeDesc type = MethodTypeDesc.of(FLOATS, SPECIES, ARRAY, ConstantDescs.CD_int);
            species(code).dup_x2().pop().invokestatic(FLOATS, "fromArray", type);
            return true;
        }
        if (name.equals("store") && arguments == 3) {
            code.dup_x2().pop().invokevirtual(FLOATS, "intoArray", whole);
            return true;
        }
        return false;
    }

    private static CodeBuilder species(CodeBuilder code) {
        return code.getstatic(HELPER, "SPECIES", SPECIES);
    }
}
