package muflex.engine.tornado;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.Collections;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * Writes {@code muflex.kernels.Lanes}' methods on TornadoVM's {@code Float4}, {@code Float8} or {@code Float16}. Every vector is made
 * from its elements: TornadoVM's own splats and its operations beyond + − · / come out of its compiler as scalars, or wrong.
 * Where only some lanes count, a loop goes through an array of the item's own: its compiler fails on a row of conditions.
 */
final class LanesClass {
    private static final ClassDesc FLOATS = ConstantDescs.CD_float.arrayType();
    private static final ClassDesc INT = ConstantDescs.CD_int;
    private static final ClassDesc FLOAT = ConstantDescs.CD_float;
    private static final ClassDesc MATH = ClassDesc.of("java.lang.Math");
    static final ClassDesc TORNADO_MATH = ClassDesc.of("uk.ac.manchester.tornado.api.math.TornadoMath");
    private static final MethodTypeDesc ON_FLOAT = MethodTypeDesc.of(FLOAT, FLOAT);
    private static final MethodTypeDesc ON_FLOATS = MethodTypeDesc.of(FLOAT, FLOAT, FLOAT);
    private static final MethodTypeDesc ON_INTS = MethodTypeDesc.of(INT, INT, INT);

    private final ClassBuilder to;
    private final ClassDesc vector;
    private final int length;

    private LanesClass(ClassBuilder to, int length) {
        this.to = to;
        this.length = length;
        vector = vector(length);
    }

    /** TornadoVM's vector of {@code length} floats. */
    static ClassDesc vector(int length) {
        return ClassDesc.of("uk.ac.manchester.tornado.api.types.vectors.Float" + length);
    }

    /** As {@link muflex.kernels.Lanes#tileVectors}. */
    static int tileVectors(int length) {
        return length == 16 ? 4 : 2;
    }

    /** Adds the methods to a class. */
    static void addTo(ClassBuilder builder, int length) {
        LanesClass lanes = new LanesClass(builder, length);
        lanes.constants();
        lanes.memory();
        lanes.arithmetic();
        lanes.comparisons();
        lanes.reductions();
    }

    private void constants() {
        method(
                "tileVectors",
                MethodTypeDesc.of(INT),
                code -> code.loadConstant(tileVectors(length)).ireturn());
        method("zero", MethodTypeDesc.of(vector), code -> make(code, lane -> code.fconst_0()));
        method("splat", MethodTypeDesc.of(vector, FLOAT), code -> make(code, lane -> code.fload(0)));
    }

    private void memory() {
        method(
                "load",
                MethodTypeDesc.of(vector, FLOATS, INT),
                code -> make(code, lane -> at(code, lane).faload()));
        method("load", MethodTypeDesc.of(vector, FLOATS, INT, INT), this::loadSome);
        method("store", MethodTypeDesc.of(ConstantDescs.CD_void, FLOATS, INT, vector), code -> {
            for (int lane = 0; lane < length; lane++) {
                element(at(code, lane), 2, lane).fastore();
            }
            code.return_();
        });
        method("store", MethodTypeDesc.of(ConstantDescs.CD_void, FLOATS, INT, vector, INT), this::storeSome);
    }

    private void loadSome(CodeBuilder code) {
        own(code, 3);
        for (int lane = 0; lane < length; lane++) {
            code.aload(3).loadConstant(lane).fconst_0().fastore();
        }
        some(
                code,
                2,
                4,
                5,
                () -> code.aload(3)
                        .iload(5)
                        .aload(0)
                        .iload(1)
                        .iload(5)
                        .iadd()
                        .faload()
                        .fastore());
        make(code, lane -> code.aload(3).loadConstant(lane).faload());
    }

    private void storeSome(CodeBuilder code) {
        own(code, 4);
        for (int lane = 0; lane < length; lane++) {
            element(code.aload(4).loadConstant(lane), 2, lane).fastore();
        }
        some(
                code,
                3,
                5,
                6,
                () -> code.aload(0)
                        .iload(1)
                        .iload(6)
                        .iadd()
                        .aload(4)
                        .iload(6)
                        .faload()
                        .fastore());
        code.return_();
    }

    private void own(CodeBuilder code, int slot) {
        code.loadConstant(length).newarray(java.lang.classfile.TypeKind.FLOAT).astore(slot);
    }

    /** {@code for (int i = 0; i < min(count, length); i++)}. */
    private void some(CodeBuilder code, int count, int end, int i, Runnable body) {
        code.iload(count)
                .loadConstant(length)
                .invokestatic(MATH, "min", ON_INTS)
                .istore(end)
                .iconst_0()
                .istore(i);
        Label test = code.newBoundLabel();
        Label done = code.newLabel();
        code.iload(i).iload(end).if_icmpge(done);
        body.run();
        code.iinc(i, 1).goto_(test).labelBinding(done);
    }

    private void arithmetic() {
        operation("add", "add");
        operation("sub", "sub");
        operation("mul", "mult");
        operation("div", "div");
        method(
                "fma",
                onVectors(3),
                code -> call(call(code.aload(0).aload(1), "mult").aload(2), "add")
                        .areturn());
        method("max", onVectors(2), code -> make(code, lane -> pair(code, lane).invokestatic(MATH, "max", ON_FLOATS)));
        method("min", onVectors(2), code -> make(code, lane -> pair(code, lane).invokestatic(MATH, "min", ON_FLOATS)));
        method(
                "sqrt",
                onVectors(1),
                code -> make(code, lane -> element(code, 0, lane).invokestatic(TORNADO_MATH, "sqrt", ON_FLOAT)));
        method(
                "exp",
                onVectors(1),
                code -> make(code, lane -> element(code, 0, lane).invokestatic(TORNADO_MATH, "exp", ON_FLOAT)));
    }

    private void comparisons() {
        method(
                "whereLess",
                onVectors(4),
                code -> make(code, lane -> {
                    Label otherwise = code.newLabel();
                    Label end = code.newLabel();
                    pair(code, lane).fcmpg().ifge(otherwise);
                    element(code, 2, lane).goto_(end).labelBinding(otherwise);
                    element(code, 3, lane).labelBinding(end);
                }));
        method("anyLess", MethodTypeDesc.of(ConstantDescs.CD_boolean, vector, vector), code -> {
            Label found = code.newLabel();
            for (int lane = 0; lane < length; lane++) {
                pair(code, lane).fcmpg().iflt(found);
            }
            code.iconst_0().ireturn().labelBinding(found).iconst_1().ireturn();
        });
    }

    private void reductions() {
        method("horizontalMax", MethodTypeDesc.of(FLOAT, vector), code -> {
            element(code, 0, 0);
            for (int lane = 1; lane < length; lane++) {
                element(code, 0, lane).invokestatic(MATH, "max", ON_FLOATS);
            }
            code.freturn();
        });
        method("horizontalSum", MethodTypeDesc.of(FLOAT, vector), code -> {
            element(code, 0, 0);
            for (int lane = 1; lane < length; lane++) {
                element(code, 0, lane).fadd();
            }
            code.freturn();
        });
    }

    private void operation(String name, String tornado) {
        method(name, onVectors(2), code -> call(code.aload(0).aload(1), tornado).areturn());
    }

    private CodeBuilder call(CodeBuilder code, String name) {
        return code.invokestatic(vector, name, onVectors(2));
    }

    private MethodTypeDesc onVectors(int count) {
        return MethodTypeDesc.of(vector, Collections.nCopies(count, vector));
    }

    /** Returns a vector of the elements that {@code push} leaves on the stack. */
    private void make(CodeBuilder code, IntConsumer push) {
        code.new_(vector).dup();
        for (int lane = 0; lane < length; lane++) {
            push.accept(lane);
        }
        code.invokespecial(
                        vector,
                        ConstantDescs.INIT_NAME,
                        MethodTypeDesc.of(ConstantDescs.CD_void, Collections.nCopies(length, FLOAT)))
                .areturn();
    }

    /** The array of slot 0 and the place of a lane, the offset being slot 1. */
    private static CodeBuilder at(CodeBuilder code, int lane) {
        return code.aload(0).iload(1).loadConstant(lane).iadd();
    }

    private CodeBuilder element(CodeBuilder code, int slot, int lane) {
        return code.aload(slot).invokevirtual(vector, "getS" + lane, MethodTypeDesc.of(FLOAT));
    }

    private CodeBuilder pair(CodeBuilder code, int lane) {
        return element(element(code, 0, lane), 1, lane);
    }

    private void method(String name, MethodTypeDesc type, Consumer<CodeBuilder> body) {
        to.withMethodBody(name, type, ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC, body);
    }
}
