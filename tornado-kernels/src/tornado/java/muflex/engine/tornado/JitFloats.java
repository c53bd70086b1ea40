package muflex.engine.tornado;

import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.ConvertInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.OperatorInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.Set;

/**
 * Computes a class's doubles as floats, where that is harmless ({@link muflex.expr.Narrowing}): tanh of a double took two
 * thirds of attention with softcap. So it knows the operations that may be narrowed, and no other operators.
 */
final class JitFloats {
    /** Functions that it computes in floats. */
    private static final Set<String> FLOATS = Set.of("abs", "sqrt", "exp", "tanh");

    private static final MethodTypeDesc ON_FLOAT = MethodTypeDesc.of(ConstantDescs.CD_float, ConstantDescs.CD_float);

    private JitFloats() {}

    static byte[] of(byte[] classFile) {
        ClassFile context = ClassFile.of(ClassFile.StackMapsOption.GENERATE_STACK_MAPS);
        return context.transformClass(
                context.parse(classFile), ClassTransform.transformingMethodBodies(JitFloats::narrow));
    }

    private static void narrow(CodeBuilder to, CodeElement element) {
        switch (element) {
            case ConstantInstruction constant
            when constant.typeKind() == TypeKind.DOUBLE ->
                to.loadConstant(((Double) constant.constantValue()).floatValue());
            case LoadInstruction load when load.typeKind() == TypeKind.DOUBLE -> to.fload(load.slot());
            case StoreInstruction store when store.typeKind() == TypeKind.DOUBLE -> to.fstore(store.slot());
            case ConvertInstruction convert -> convert(to, convert);
            case OperatorInstruction operator when operator.typeKind() == TypeKind.DOUBLE -> operate(to, operator);
            case InvokeInstruction call
            when call.typeSymbol().returnType().equals(ConstantDescs.CD_double) -> call(to, call);
            default -> to.with(element);
        }
    }

    /** Of floats in double or in float: {@code (float) Math.log(x)} stays a double's logarithm. */
    private static void call(CodeBuilder to, InvokeInstruction call) {
        String name = call.name().stringValue();
        if (FLOATS.contains(name)) {
            to.invokestatic(LanesClass.TORNADO_MATH, name, ON_FLOAT);
            return;
        }
        if (call.typeSymbol().parameterCount() == 2) {
            int second = to.allocateLocal(TypeKind.FLOAT);
            to.fstore(second).f2d().fload(second);
        }
        to.f2d().with(call).d2f();
    }

    private static void convert(CodeBuilder to, ConvertInstruction convert) {
        TypeKind from = convert.fromType() == TypeKind.DOUBLE ? TypeKind.FLOAT : convert.fromType();
        TypeKind into = convert.toType() == TypeKind.DOUBLE ? TypeKind.FLOAT : convert.toType();
        to.conversion(from, into);
    }

    private static void operate(CodeBuilder to, OperatorInstruction operator) {
        switch (operator.opcode()) {
            case DADD -> to.fadd();
            case DMUL -> to.fmul();
            case DDIV -> to.fdiv();
            case DNEG -> to.fneg();
            default -> throw new IllegalArgumentException("expected doubles that may be floats, got " + operator);
        }
    }
}
