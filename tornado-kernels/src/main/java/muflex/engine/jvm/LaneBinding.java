package muflex.engine.jvm;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassElement;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.MethodBuilder;
import java.lang.classfile.MethodElement;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LocalVariable;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;

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
            to.transformCode(code, this::bind);
        } else {
            to.with(element);
        }
    }

    private void bind(CodeBuilder to, CodeElement element) {
        switch (element) {
            case InvokeInstruction call
            when call.owner().asSymbol().equals(LANES) ->
                to.invokestatic(helper, call.name().stringValue(), bind(call.typeSymbol()));
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
