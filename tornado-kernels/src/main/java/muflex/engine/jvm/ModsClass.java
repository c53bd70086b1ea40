package muflex.engine.jvm;

import static muflex.engine.lowering.AttentionMods.PARAMETERS;
import static muflex.engine.lowering.AttentionMods.SCORE;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import muflex.expr.BinaryOp;
import muflex.expr.Derivative;
import muflex.expr.Expr;
import muflex.expr.RowFunction;
import muflex.expr.RowFunction.Vary;
import muflex.expr.Simplifier;
import muflex.expr.Type;

/** Writes the class that takes the place of {@code muflex.kernels.Mods}, from the lifted score mod and mask. */
final class ModsClass {
    /** ∂loss/∂score, the first parameter of derivatives' rows after the score's own. */
    private static final Expr.Parameter UPSTREAM = new Expr.Parameter(Type.FLOAT, 5, "upstream");

    private static final List<Expr.Parameter> WITH_UPSTREAM =
            Stream.concat(PARAMETERS.stream(), Stream.of(UPSTREAM)).toList();

    private static final List<Vary> QUERIES = List.of(Vary.ARRAY, Vary.UNIFORM, Vary.UNIFORM, Vary.IOTA, Vary.UNIFORM);
    private static final List<Vary> KEYS = List.of(Vary.ARRAY, Vary.UNIFORM, Vary.UNIFORM, Vary.UNIFORM, Vary.IOTA);

    private static final List<Vary> KEYS_WITH_UPSTREAM =
            List.of(Vary.ARRAY, Vary.UNIFORM, Vary.UNIFORM, Vary.UNIFORM, Vary.IOTA, Vary.ARRAY);

    private static final ClassDesc NAME = ClassDesc.of("muflex.kernels.Mods");
    private static final ClassDesc FLOATS = ConstantDescs.CD_float.arrayType();
    private static final ClassDesc INT = ConstantDescs.CD_int;
    private static final ClassDesc CAPTURES = ConstantDescs.CD_Object.arrayType();

    /** (s, offset, count, b, h, q, kv, captures). */
    static final MethodTypeDesc ROW =
            MethodTypeDesc.of(ConstantDescs.CD_void, FLOATS, INT, INT, INT, INT, INT, INT, CAPTURES);

    /** (s, sOffset, ds, dsOffset, count, b, h, q, kv, captures). */
    private static final MethodTypeDesc DERIVATIVE =
            MethodTypeDesc.of(ConstantDescs.CD_void, FLOATS, INT, FLOATS, INT, INT, INT, INT, INT, INT, CAPTURES);

    /** The same and gradients. */
    private static final MethodTypeDesc ACCUMULATE = DERIVATIVE.insertParameterTypes(10, FLOATS.arrayType());

    private final ClassBuilder builder;
    private final boolean vector;

    private ModsClass(ClassBuilder builder, boolean vector) {
        this.builder = builder;
        this.vector = vector;
    }

    /**
     * The class file.
     *
     * @param score the score mod over {@link muflex.engine.lowering.AttentionMods#PARAMETERS}
     * @param masked the same where the mask allows the pair, else −∞; {@code score} without a mask
     * @param vector whether to compute with vectors
     */
    static byte[] of(Expr score, Expr masked, boolean vector) {
        return ClassFile.of().build(NAME, builder -> {
            builder.withFlags(ClassFile.ACC_PUBLIC | ClassFile.ACC_FINAL);
            ModsClass mods = new ModsClass(builder, vector);
            mods.row("scoreQueries", QUERIES, score);
            mods.row("scoreKeys", KEYS, score);
            mods.row("maskedQueries", QUERIES, masked);
            mods.row("maskedKeys", KEYS, masked);
            mods.derivative("derivativeKeys", score);
            mods.derivative("maskedDerivativeKeys", masked);
            mods.accumulate("accumulateKeys", score);
            mods.accumulate("maskedAccumulateKeys", masked);
        });
    }

    private static boolean isOne(Expr e) {
        return e instanceof Expr.Constant constant && constant.value().equals(1f);
    }

    /** The method {@code name} of Mods and the row function that it calls; an empty method for the identity. */
    private void row(String name, List<Vary> vary, Expr value) {
        if (value.equals(SCORE)) {
            method(name, ROW, CodeBuilder::return_);
            return;
        }
        RowFunction row = new RowFunction(name + "Row", PARAMETERS, vary, List.of(value));
        emit(row);
        method(
                name,
                ROW,
                code -> code.aload(0)
                        .iload(1)
                        .iload(3)
                        .iload(4)
                        .iload(5)
                        .iload(6)
                        .aload(0)
                        .iload(1)
                        .iload(2)
                        .aload(7)
                        .invokestatic(NAME, row.name(), row.descriptor())
                        .return_());
    }

    private void emit(RowFunction row) {
        if (vector) {
            row.emitVector(builder, NAME);
        } else {
            row.emitScalar(builder);
        }
    }

    private void derivative(String name, Expr value) {
        Expr derivative = Derivative.withRespectTo(value, SCORE);
        if (isOne(derivative)) {
            method(name, DERIVATIVE, CodeBuilder::return_);
            return;
        }
        Expr product = Simplifier.simplify(new Expr.Binary(BinaryOp.MUL, UPSTREAM, derivative));
        RowFunction row = new RowFunction(name + "Row", WITH_UPSTREAM, KEYS_WITH_UPSTREAM, List.of(product));
        emit(row);
        method(
                name,
                DERIVATIVE,
                code -> pairs(code)
                        .aload(2)
                        .iload(3)
                        .aload(2)
                        .iload(3)
                        .iload(4)
                        .aload(9)
                        .invokestatic(NAME, row.name(), row.descriptor())
                        .return_());
    }

    private void accumulate(String name, Expr value) {
        if (Derivative.withRespectToReads(value).isEmpty()) {
            method(name, ACCUMULATE, CodeBuilder::return_);
            return;
        }
        RowFunction row = new RowFunction(name + "Row", PARAMETERS, KEYS, List.of(value));
        row.emitScatter(builder);
        method(
                name,
                ACCUMULATE,
                code -> pairs(code)
                        .aload(2)
                        .iload(3)
                        .iload(4)
                        .aload(9)
                        .aload(10)
                        .invokestatic(NAME, row.name(), row.scatterDescriptor())
                        .return_());
    }

    /** (s, sOffset, b, h, q, kv), the arguments of a row that runs over keys. */
    private static CodeBuilder pairs(CodeBuilder code) {
        return code.aload(0).iload(1).iload(5).iload(6).iload(7).iload(8);
    }

    private void method(String name, MethodTypeDesc type, Consumer<CodeBuilder> body) {
        builder.withMethodBody(name, type, ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC, body);
    }
}
