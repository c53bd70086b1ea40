package muflex.engine.jvm;

import static muflex.engine.lowering.AttentionMods.PARAMETERS;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.List;
import java.util.function.Consumer;
import muflex.expr.Derivative;
import muflex.expr.Expr;
import muflex.expr.RowFunction;
import muflex.expr.RowFunction.Vary;

/**
 * Writes the class that takes the place of {@code muflex.kernels.Mods}, from the lifted score mod and mask: what is not
 * done a tile at a time by {@link ModTilesClass}.
 */
final class ModsClass {
    private static final List<Vary> KEYS = List.of(Vary.ARRAY, Vary.UNIFORM, Vary.UNIFORM, Vary.UNIFORM, Vary.IOTA);

    private static final ClassDesc NAME = ClassDesc.of("muflex.kernels.Mods");
    private static final ClassDesc FLOATS = ConstantDescs.CD_float.arrayType();
    private static final ClassDesc INT = ConstantDescs.CD_int;
    private static final ClassDesc CAPTURES = ConstantDescs.CD_Object.arrayType();

    /** (s, sOffset, ds, dsOffset, count, b, h, q, kv, captures, gradients). */
    private static final MethodTypeDesc ACCUMULATE = MethodTypeDesc.of(
            ConstantDescs.CD_void, FLOATS, INT, FLOATS, INT, INT, INT, INT, INT, INT, CAPTURES, FLOATS.arrayType());

    private final ClassBuilder builder;

    private ModsClass(ClassBuilder builder) {
        this.builder = builder;
    }

    /**
     * The class file.
     *
     * @param score the score mod over {@link muflex.engine.lowering.AttentionMods#PARAMETERS}
     * @param masked the same where the mask allows the pair, else −∞; {@code score} without a mask
     */
    static byte[] of(Expr score, Expr masked) {
        return ClassFile.of().build(NAME, builder -> {
            builder.withFlags(ClassFile.ACC_PUBLIC | ClassFile.ACC_FINAL);
            ModsClass mods = new ModsClass(builder);
            mods.accumulate("accumulateKeys", score);
            mods.accumulate("maskedAccumulateKeys", masked);
        });
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
