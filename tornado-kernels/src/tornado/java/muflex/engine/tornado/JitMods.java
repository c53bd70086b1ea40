package muflex.engine.tornado;

import static muflex.engine.lowering.AttentionMods.PARAMETERS;
import static muflex.engine.lowering.AttentionMods.SCORE;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.List;
import muflex.expr.Expr;
import muflex.expr.RowFunction;
import muflex.expr.RowFunction.Vary;
import muflex.kernels.Mods;

/** Writes the class that takes the place of {@link Mods} for TornadoVM's compiler, from functions that capture nothing. */
final class JitMods {
    private static final ClassDesc NAME = ClassDesc.of(Mods.class.getName());
    private static final ClassDesc INT = ConstantDescs.CD_int;
    private static final List<Vary> QUERIES = List.of(Vary.ARRAY, Vary.UNIFORM, Vary.UNIFORM, Vary.IOTA, Vary.UNIFORM);

    /** (s, offset, count, b, h, q, kv, captures). */
    private static final MethodTypeDesc ROW = MethodTypeDesc.of(
            ConstantDescs.CD_void,
            ConstantDescs.CD_float.arrayType(),
            INT,
            INT,
            INT,
            INT,
            INT,
            INT,
            ConstantDescs.CD_Object.arrayType());

    private JitMods() {}

    /** The class file; of Mods' methods, those over queries. */
    static byte[] of(Expr score, Expr masked) {
        return ClassFile.of().build(NAME, builder -> {
            builder.withFlags(ClassFile.ACC_PUBLIC | ClassFile.ACC_FINAL);
            add(builder, "scoreQueries", score);
            add(builder, "maskedQueries", masked);
        });
    }

    private static void add(ClassBuilder builder, String name, Expr value) {
        int flags = ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC;
        if (value.equals(SCORE)) {
            builder.withMethodBody(name, ROW, flags, code -> code.return_());
            return;
        }
        RowFunction row = new RowFunction(name + "Row", PARAMETERS, QUERIES, List.of(value));
        row.emitScalar(builder);
        builder.withMethodBody(
                name,
                ROW,
                flags,
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
}
