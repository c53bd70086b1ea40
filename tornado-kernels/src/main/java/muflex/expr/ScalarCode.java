package muflex.expr;

import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;

/** Emits single operations on the Java stack, their operands already on it. */
final class ScalarCode {
    private static final ClassDesc MATH = Math.class.describeConstable().orElseThrow();

    private ScalarCode() {}

    static void constant(CodeBuilder code, Object value) {
        switch (value) {
            case Float f -> code.loadConstant(f);
            case Double d -> code.loadConstant(d);
            case Integer i -> code.loadConstant(i);
            case Long l -> code.loadConstant(l);
            case Boolean b -> code.loadConstant(b ? 1 : 0);
            default -> throw new IllegalStateException("not a constant: " + value);
        }
    }

    /** Unboxes the Object on the stack. */
    static void unbox(CodeBuilder code, Type type) {
        ClassDesc box = type.box().describeConstable().orElseThrow();
        code.checkcast(box)
                .invokevirtual(box, type.descriptor().displayName() + "Value", MethodTypeDesc.of(type.descriptor()));
    }

    static void unary(CodeBuilder code, UnaryOp op, Type type) {
        switch (op) {
            case NEGATE -> negate(code, type);
            case NOT -> code.iconst_1().ixor();
            case ABS -> math(code, op.symbol(), type, type);
            case SIGNUM -> math(code, op.symbol(), type, type);
            default -> {
                conversion(code, type, Type.DOUBLE);
                math(code, op.symbol(), Type.DOUBLE, Type.DOUBLE);
                conversion(code, Type.DOUBLE, type);
            }
        }
    }

    private static void negate(CodeBuilder code, Type type) {
        switch (type) {
            case FLOAT -> code.fneg();
            case DOUBLE -> code.dneg();
            case INT -> code.ineg();
            case LONG -> code.lneg();
            case BOOLEAN -> throw new IllegalStateException("negate a boolean");
        }
    }

    private static void math(CodeBuilder code, String name, Type result, Type... parameters) {
        ClassDesc[] types = new ClassDesc[parameters.length];
        for (int i = 0; i < types.length; i++) {
            types[i] = parameters[i].descriptor();
        }
        code.invokestatic(MATH, name, MethodTypeDesc.of(result.descriptor(), types));
    }

    static void binary(CodeBuilder code, BinaryOp op, Type type) {
        switch (op) {
            case ADD, SUB, MUL, DIV, REM -> arithmetic(code, op, type);
            case FLOOR_DIV, FLOOR_MOD, MIN, MAX -> math(code, op.symbol(), type, type, type);
            case POW -> math(code, op.symbol(), Type.DOUBLE, Type.DOUBLE, Type.DOUBLE);
            case AND, OR, XOR, SHIFT_LEFT, SHIFT_RIGHT, UNSIGNED_SHIFT_RIGHT -> bits(code, op, type == Type.LONG);
        }
    }

    private static void arithmetic(CodeBuilder code, BinaryOp op, Type type) {
        switch (type) {
            case FLOAT -> {
                switch (op) {
                    case ADD -> code.fadd();
                    case SUB -> code.fsub();
                    case MUL -> code.fmul();
                    case DIV -> code.fdiv();
                    default -> code.frem();
                }
            }
            case DOUBLE -> {
                switch (op) {
                    case ADD -> code.dadd();
                    case SUB -> code.dsub();
                    case MUL -> code.dmul();
                    case DIV -> code.ddiv();
                    default -> code.drem();
                }
            }
            case LONG -> {
                switch (op) {
                    case ADD -> code.ladd();
                    case SUB -> code.lsub();
                    case MUL -> code.lmul();
                    case DIV -> code.ldiv();
                    default -> code.lrem();
                }
            }
            default -> {
                switch (op) {
                    case ADD -> code.iadd();
                    case SUB -> code.isub();
                    case MUL -> code.imul();
                    case DIV -> code.idiv();
                    default -> code.irem();
                }
            }
        }
    }

    private static void bits(CodeBuilder code, BinaryOp op, boolean wide) {
        switch (op) {
            case AND -> pick(code, wide, CodeBuilder::land, CodeBuilder::iand);
            case OR -> pick(code, wide, CodeBuilder::lor, CodeBuilder::ior);
            case XOR -> pick(code, wide, CodeBuilder::lxor, CodeBuilder::ixor);
            case SHIFT_LEFT -> pick(code, wide, CodeBuilder::lshl, CodeBuilder::ishl);
            case SHIFT_RIGHT -> pick(code, wide, CodeBuilder::lshr, CodeBuilder::ishr);
            case UNSIGNED_SHIFT_RIGHT -> pick(code, wide, CodeBuilder::lushr, CodeBuilder::iushr);
            default -> throw new IllegalStateException("not a bit operation: " + op);
        }
    }

    private interface Instruction {
        CodeBuilder addTo(CodeBuilder code);
    }

    private static void pick(CodeBuilder code, boolean wide, Instruction ofLong, Instruction ofInt) {
        (wide ? ofLong : ofInt).addTo(code);
    }

    static void fma(CodeBuilder code, Type type) {
        math(code, "fma", type, type, type, type);
    }

    /** Casts the value on the stack, as Java does; a boolean is an int already. */
    static void conversion(CodeBuilder code, Type from, Type to) {
        if (from != to && !(from == Type.BOOLEAN && to == Type.INT)) {
            code.conversion(from == Type.BOOLEAN ? Type.INT.kind() : from.kind(), to.kind());
        }
    }

    /** Loads the element whose array and index are on the stack. */
    static void element(CodeBuilder code, Storage storage) {
        switch (storage) {
            case FLOATS, FLOAT_ROWS -> code.faload();
            case INTS -> code.iaload();
            case BYTES -> code.baload();
        }
    }

    /** The descriptor of {@code Object[]}, the captures. */
    static final ClassDesc CAPTURES = ConstantDescs.CD_Object.arrayType();
}
