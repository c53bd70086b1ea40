package muflex.engine.jvm;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.List;
import java.util.function.Consumer;
import muflex.expr.Expr;
import muflex.expr.RowFunction;
import muflex.expr.RowFunction.Vary;
import muflex.expr.Type;
import org.jspecify.annotations.Nullable;

/** Writes the class that takes the place of {@code muflex.kernels.Mods}, from the lifted score mod and mask. */
final class ModsClass {
    static final Expr.Parameter SCORE = new Expr.Parameter(Type.FLOAT, 0, "score");
    private static final Expr.Parameter B = new Expr.Parameter(Type.INT, 1, "b");
    private static final Expr.Parameter H = new Expr.Parameter(Type.INT, 2, "h");
    private static final Expr.Parameter Q = new Expr.Parameter(Type.INT, 3, "q");
    private static final Expr.Parameter KV = new Expr.Parameter(Type.INT, 4, "kv");

    /** The parameters of a score mod; those of a mask are all but the first. */
    static final List<Expr.Parameter> PARAMETERS = List.of(SCORE, B, H, Q, KV);

    private static final List<Vary> QUERIES = List.of(Vary.ARRAY, Vary.UNIFORM, Vary.UNIFORM, Vary.IOTA, Vary.UNIFORM);
    private static final List<Vary> KEYS = List.of(Vary.ARRAY, Vary.UNIFORM, Vary.UNIFORM, Vary.UNIFORM, Vary.IOTA);

    private static final ClassDesc NAME = ClassDesc.of("muflex.kernels.Mods");
    private static final ClassDesc FLOATS = ConstantDescs.CD_float.arrayType();
    private static final ClassDesc INT = ConstantDescs.CD_int;
    private static final ClassDesc CAPTURES = ConstantDescs.CD_Object.arrayType();

    /** (s, offset, count, b, h, q, kv, captures). */
    static final MethodTypeDesc ROW =
            MethodTypeDesc.of(ConstantDescs.CD_void, FLOATS, INT, INT, INT, INT, INT, INT, CAPTURES);

    private final ClassBuilder builder;

    private ModsClass(ClassBuilder builder) {
        this.builder = builder;
    }

    /**
     * The class file.
     *
     * @param score the score mod over {@link #PARAMETERS}, null for the identity
     * @param masked the same where the mask allows the pair, else −∞; null without a mask
     */
    static byte[] of(@Nullable Expr score, @Nullable Expr masked) {
        return ClassFile.of().build(NAME, builder -> {
            builder.withFlags(ClassFile.ACC_PUBLIC | ClassFile.ACC_FINAL);
            ModsClass mods = new ModsClass(builder);
            mods.row("scoreQueries", QUERIES, score);
            mods.row("scoreKeys", KEYS, score);
            mods.row("maskedQueries", QUERIES, masked);
            mods.row("maskedKeys", KEYS, masked);
        });
    }

    /** The method {@code name} of Mods and the row function that it calls; an empty method without a value. */
    private void row(String name, List<Vary> vary, @Nullable Expr value) {
        if (value == null) {
            method(name, ROW, CodeBuilder::return_);
            return;
        }
        RowFunction row = new RowFunction(name + "Row", PARAMETERS, vary, List.of(value));
        row.emitScalar(builder);
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

    private void method(String name, MethodTypeDesc type, Consumer<CodeBuilder> body) {
        builder.withMethodBody(name, type, ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC, body);
    }
}
