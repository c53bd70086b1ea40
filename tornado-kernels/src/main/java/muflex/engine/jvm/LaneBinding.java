package muflex.engine.jvm;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassElement;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.Label;
import java.lang.classfile.MethodBuilder;
import java.lang.classfile.MethodElement;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.LocalVariable;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.HashSet;
import java.util.Set;

/**
 * Puts a vector type in the place of {@code muflex.kernels.Lanes} in a kernel's class file: Lanes in the descriptors of
 * methods, calls and local variables becomes {@code type}, and calls of Lanes' static methods go to {@code helper}.
 * Kernels hold Lanes in locals and parameters only, never in fields or arrays, so there is nothing else to replace;
 * stack maps are made anew.
 *
 * @param type the vector type
 * @param helper the class with Lanes' methods on that type, by the same names
 */
record LaneBinding(ClassDesc type, ClassDesc helper) {
    private static final ClassDesc LANES = ClassDesc.of("muflex.kernels.Lanes");

    private static final int FREQ_INLINE_SIZE = 325;

    /** The Vector API. Named by strings: this class must load where the module is not there. */
    static final LaneBinding VECTOR = new LaneBinding(
            ClassDesc.of("jdk.incubator.vector.FloatVector"), ClassDesc.of("muflex.engine.jvm.VectorLanes"));

    /** The class file {@code original}, bound. */
    byte[] bind(byte[] original) {
        ClassFile classFile = ClassFile.of();
        return classFile.transformClass(classFile.parse(original), this::bind);
    }

    private void bind(ClassBuilder to, ClassElement element) {
        if (element instanceof MethodModel method) {
            to.withMethod(
                    method.methodName().stringValue(),
                    bind(method.methodTypeSymbol()),
                    method.flags().flagsMask(),
                    m -> method.forEach(e -> bind(m, e)));
        } else {
            to.with(element);
        }
    }

    private void bind(MethodBuilder to, MethodElement element) {
        if (element instanceof CodeModel code) {
            to.withCode(bound -> {
                if (loopsOverVectors(code)) {
                    keepFromInlining(bound);
                }
                code.forEach(e -> bind(bound, e));
            });
        } else {
            to.with(element);
        }
    }

    /** Whether the code uses vectors and jumps back. */
    private static boolean loopsOverVectors(CodeModel code) {
        boolean vectors = false;
        boolean loops = false;
        Set<Label> seen = new HashSet<>();
        for (CodeElement element : code) {
            switch (element) {
                case InvokeInstruction call -> vectors |= mentionsLanes(call);
                case LabelTarget target -> seen.add(target.label());
                case BranchInstruction branch -> loops |= seen.contains(branch.target());
                default -> {}
            }
        }
        return vectors && loops;
    }

    private static boolean mentionsLanes(InvokeInstruction call) {
        return call.owner().asSymbol().equals(LANES)
                || call.typeSymbol().returnType().equals(LANES)
                || call.typeSymbol().parameterList().contains(LANES);
    }

    /**
     * Makes the method too long for C2 to inline, however hot ({@code FreqInlineSize} is 325). Each call of the Vector API
     * costs C2 hundreds of nodes, and where {@code NodeCountInliningCutoff} stops it half-way through a loop, the vectors
     * of that loop are objects from there on: ten times slower, seen in the softmax. A loop compiled on its own stays far
     * below the limit; entering it costs 2 ns.
     */
    static void keepFromInlining(CodeBuilder code) {
        for (int i = 0; i < FREQ_INLINE_SIZE; i++) {
            code.nop();
        }
    }

    private void bind(CodeBuilder to, CodeElement element) {
        switch (element) {
            case InvokeInstruction call
            when call.owner().asSymbol().equals(LANES) -> {
                String name = call.name().stringValue();
                if (!VectorCalls.emit(to, name, call.typeSymbol().parameterCount())) {
                    to.invokestatic(helper, name, bind(call.typeSymbol()));
                }
            }
            case InvokeInstruction call ->
                to.invoke(
                        call.opcode(),
                        call.owner().asSymbol(),
                        call.name().stringValue(),
                        bind(call.typeSymbol()),
                        call.isInterface());
            case LocalVariable v ->
                to.localVariable(v.slot(), v.name().stringValue(), bind(v.typeSymbol()), v.startScope(), v.endScope());
            default -> to.with(element);
        }
    }

    private MethodTypeDesc bind(MethodTypeDesc method) {
        return MethodTypeDesc.of(
                bind(method.returnType()),
                method.parameterList().stream().map(this::bind).toList());
    }

    private ClassDesc bind(ClassDesc desc) {
        return desc.equals(LANES) ? type : desc;
    }
}
