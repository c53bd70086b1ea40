package muflex.expr;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.instruction.SwitchCase;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Classes with one random method each: local variables, branches, early returns, loops, switches and array reads, as
 * javac would write them or not. Written without anything of this package, so that it can check it.
 */
final class RandomPrograms {
    /** The method of the generated classes. */
    public interface Program {
        float apply(float x, int i, int j, int k);
    }

    private static final ClassDesc NAME = ClassDesc.of("muflex.expr.RandomProgram");
    private static final ClassDesc MATH = ClassDesc.of("java.lang.Math");
    private static final int LENGTH = 32;
    private static final int FIRST_INT = 6;
    private static final int FIRST_FLOAT = 9;
    private static final int COUNTER = 12;

    private final Random random;
    private int loops;

    private RandomPrograms(long seed) {
        random = new Random(seed);
    }

    /** An object of a new class, whose class file can be read. */
    static Program make(long seed) throws ReflectiveOperationException {
        RandomPrograms generator = new RandomPrograms(seed);
        byte[] bytes = ClassFile.of().build(NAME, generator::write);
        ClassLoader loader = new ClassLoader(RandomPrograms.class.getClassLoader()) {
            @Override
            protected Class<?> findClass(String name) throws ClassNotFoundException {
                if (!name.equals("muflex.expr.RandomProgram")) {
                    throw new ClassNotFoundException(name);
                }
                return defineClass(name, bytes, 0, bytes.length);
            }

            @Override
            public InputStream getResourceAsStream(String name) {
                return name.equals("muflex/expr/RandomProgram.class")
                        ? new ByteArrayInputStream(bytes)
                        : super.getResourceAsStream(name);
            }
        };
        return (Program) loader.loadClass("muflex.expr.RandomProgram")
                .getConstructor(float[].class, int[].class, byte[].class)
                .newInstance(generator.floats(), generator.ints(), generator.bytes());
    }

    private float[] floats() {
        float[] values = new float[LENGTH];
        for (int n = 0; n < LENGTH; n++) {
            values[n] = (float) random.nextGaussian();
        }
        return values;
    }

    private int[] ints() {
        return random.ints(LENGTH, -9, 9).toArray();
    }

    private byte[] bytes() {
        byte[] values = new byte[LENGTH];
        random.nextBytes(values);
        return values;
    }

    private static ClassDesc type(char kind) {
        return switch (kind) {
            case 'f' -> ConstantDescs.CD_float.arrayType();
            case 'i' -> ConstantDescs.CD_int.arrayType();
            default -> ConstantDescs.CD_byte.arrayType();
        };
    }

    private void write(ClassBuilder builder) {
        builder.withVersion(ClassFile.JAVA_25_VERSION, 0)
                .withFlags(ClassFile.ACC_PUBLIC)
                .withInterfaceSymbols(ClassDesc.ofDescriptor(Program.class.descriptorString()));
        for (char kind : "fib".toCharArray()) {
            builder.withField(String.valueOf(kind), type(kind), ClassFile.ACC_PRIVATE | ClassFile.ACC_FINAL);
        }
        builder.withMethodBody(
                ConstantDescs.INIT_NAME,
                MethodTypeDesc.of(ConstantDescs.CD_void, type('f'), type('i'), type('b')),
                ClassFile.ACC_PUBLIC,
                code -> code.aload(0)
                        .invokespecial(ConstantDescs.CD_Object, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void)
                        .aload(0)
                        .aload(1)
                        .putfield(NAME, "f", type('f'))
                        .aload(0)
                        .aload(2)
                        .putfield(NAME, "i", type('i'))
                        .aload(0)
                        .aload(3)
                        .putfield(NAME, "b", type('b'))
                        .return_());
        builder.withMethodBody(
                "apply",
                MethodTypeDesc.of(
                        ConstantDescs.CD_float,
                        ConstantDescs.CD_float,
                        ConstantDescs.CD_int,
                        ConstantDescs.CD_int,
                        ConstantDescs.CD_int),
                ClassFile.ACC_PUBLIC,
                this::body);
    }

    private void body(CodeBuilder code) {
        for (int n = 0; n < 3; n++) {
            pushInt(code, 0);
            code.istore(FIRST_INT + n);
            pushFloat(code, 0);
            code.fstore(FIRST_FLOAT + n);
        }
        block(code, 3);
        pushFloat(code, 2);
        code.freturn();
    }

    private void block(CodeBuilder code, int depth) {
        int statements = 1 + random.nextInt(3);
        for (int n = 0; n < statements; n++) {
            statement(code, depth);
        }
    }

    private void statement(CodeBuilder code, int depth) {
        switch (depth == 0 ? random.nextInt(4) : random.nextInt(9)) {
            case 0, 1 -> {
                pushInt(code, 2);
                code.istore(FIRST_INT + random.nextInt(3));
            }
            case 2, 3 -> {
                pushFloat(code, 2);
                code.fstore(FIRST_FLOAT + random.nextInt(3));
            }
            case 4, 5 -> {
                Label otherwise = code.newLabel();
                Label end = code.newLabel();
                jumpUnless(code, otherwise, 2);
                block(code, depth - 1);
                if (random.nextBoolean()) {
                    code.goto_(end).labelBinding(otherwise);
                    block(code, depth - 1);
                    code.labelBinding(end);
                } else {
                    code.labelBinding(otherwise).labelBinding(end);
                }
            }
            case 6 -> {
                Label on = code.newLabel();
                jumpUnless(code, on, 2);
                pushFloat(code, 1);
                code.freturn().labelBinding(on);
            }
            case 7 -> loop(code, depth);
            default -> choice(code, depth);
        }
    }

    private void loop(CodeBuilder code, int depth) {
        int counter = COUNTER + loops++;
        Label again = code.newLabel();
        Label next = code.newLabel();
        Label end = code.newLabel();
        code.iconst_0().istore(counter).labelBinding(again);
        code.iload(counter).loadConstant(1 + random.nextInt(3)).if_icmpge(end);
        if (random.nextBoolean()) {
            // continue or break
            jumpUnless(code, random.nextBoolean() ? next : end, 1);
        }
        block(code, depth - 1);
        code.labelBinding(next).iinc(counter, 1).goto_(again).labelBinding(end);
    }

    private void choice(CodeBuilder code, int depth) {
        List<SwitchCase> cases = new ArrayList<>();
        List<Label> labels = new ArrayList<>();
        boolean dense = random.nextBoolean();
        for (int n = 0; n < 3; n++) {
            labels.add(code.newLabel());
            cases.add(SwitchCase.of(dense ? n : n * 5 - 3, labels.get(n)));
        }
        Label byDefault = code.newLabel();
        pushInt(code, 1);
        code.loadConstant(7).iand();
        if (dense) {
            code.tableswitch(0, 2, byDefault, cases);
        } else {
            code.lookupswitch(byDefault, cases);
        }
        for (Label label : labels) {
            code.labelBinding(label);
            block(code, depth - 1);
            if (random.nextBoolean()) {
                code.goto_(byDefault);
            }
        }
        code.labelBinding(byDefault);
    }

    private void jumpUnless(CodeBuilder code, Label target, int depth) {
        switch (depth == 0 ? random.nextInt(2) : random.nextInt(4)) {
            case 0 -> {
                pushInt(code, depth);
                pushInt(code, depth);
                switch (random.nextInt(4)) {
                    case 0 -> code.if_icmpge(target);
                    case 1 -> code.if_icmpne(target);
                    case 2 -> code.if_icmplt(target);
                    default -> code.if_icmpeq(target);
                }
            }
            case 1 -> {
                pushFloat(code, depth);
                pushFloat(code, depth);
                (random.nextBoolean() ? code.fcmpl() : code.fcmpg()).nop();
                switch (random.nextInt(4)) {
                    case 0 -> code.ifge(target);
                    case 1 -> code.ifle(target);
                    case 2 -> code.iflt(target);
                    default -> code.ifgt(target);
                }
            }
            case 2 -> {
                jumpUnless(code, target, depth - 1);
                jumpUnless(code, target, depth - 1);
            }
            default -> {
                Label first = code.newLabel();
                Label end = code.newLabel();
                jumpUnless(code, first, depth - 1);
                code.goto_(end).labelBinding(first);
                jumpUnless(code, target, depth - 1);
                code.labelBinding(end);
            }
        }
    }

    private void pushInt(CodeBuilder code, int depth) {
        switch (depth == 0 ? random.nextInt(2) : random.nextInt(9)) {
            case 0 -> code.loadConstant(random.nextInt(9) - 4);
            case 1 -> code.iload(2 + random.nextInt(3));
            case 2 -> code.iload(depth == 2 ? FIRST_INT + random.nextInt(3) : 2);
            case 3 -> {
                pushFloat(code, depth - 1);
                code.f2i();
            }
            case 4 -> {
                char kind = random.nextBoolean() ? 'i' : 'b';
                code.aload(0).getfield(NAME, String.valueOf(kind), type(kind));
                pushInt(code, depth - 1);
                code.loadConstant(LENGTH - 1).iand();
                if (kind == 'i') {
                    code.iaload();
                } else {
                    code.baload();
                }
            }
            case 5 -> {
                Label otherwise = code.newLabel();
                Label end = code.newLabel();
                jumpUnless(code, otherwise, depth - 1);
                pushInt(code, depth - 1);
                code.goto_(end).labelBinding(otherwise);
                pushInt(code, depth - 1);
                code.labelBinding(end);
            }
            case 6 -> {
                pushInt(code, depth - 1);
                pushInt(code, depth - 1);
                code.iconst_1().ior().idiv();
            }
            default -> {
                pushInt(code, depth - 1);
                pushInt(code, depth - 1);
                switch (random.nextInt(6)) {
                    case 0 -> code.iadd();
                    case 1 -> code.isub();
                    case 2 -> code.imul();
                    case 3 -> code.ixor();
                    case 4 -> code.ishl();
                    // Not by zero: a quotient that nobody uses is not lifted, and then doesn't throw.
                    default ->
                        code.iconst_1()
                                .ior()
                                .invokestatic(
                                        MATH,
                                        "floorMod",
                                        MethodTypeDesc.of(
                                                ConstantDescs.CD_int, ConstantDescs.CD_int, ConstantDescs.CD_int));
                }
            }
        }
    }

    private void pushFloat(CodeBuilder code, int depth) {
        switch (depth == 0 ? random.nextInt(2) : random.nextInt(8)) {
            case 0 -> code.loadConstant(random.nextInt(7) * 0.5f - 1);
            case 1 -> code.fload(1);
            case 2 -> code.fload(depth == 2 ? FIRST_FLOAT + random.nextInt(3) : 1);
            case 3 -> {
                pushInt(code, depth - 1);
                code.i2f();
            }
            case 4 -> {
                code.aload(0).getfield(NAME, "f", type('f'));
                pushInt(code, depth - 1);
                code.loadConstant(LENGTH - 1).iand().faload();
            }
            case 5 -> {
                pushFloat(code, depth - 1);
                code.f2d()
                        .invokestatic(
                                MATH,
                                random.nextBoolean() ? "tanh" : "sqrt",
                                MethodTypeDesc.of(ConstantDescs.CD_double, ConstantDescs.CD_double));
                code.d2f();
            }
            default -> {
                pushFloat(code, depth - 1);
                pushFloat(code, depth - 1);
                switch (random.nextInt(5)) {
                    case 0 -> code.fadd();
                    case 1 -> code.fsub();
                    case 2 -> code.fmul();
                    case 3 -> code.fdiv();
                    default ->
                        code.invokestatic(
                                MATH,
                                "max",
                                MethodTypeDesc.of(
                                        ConstantDescs.CD_float, ConstantDescs.CD_float, ConstantDescs.CD_float));
                }
            }
        }
    }
}
