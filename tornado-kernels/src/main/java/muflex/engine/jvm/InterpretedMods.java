package muflex.engine.jvm;

import java.lang.classfile.ClassFile;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.List;
import muflex.attention.MaskMod;
import muflex.attention.ScoreMod;

/**
 * The mods called as they are, an element at a time, for lambdas that can't be lifted. {@code captures} are the score
 * mod and the mask. Public because the class that stands in for {@code muflex.kernels.Mods} is in another loader.
 */
public final class InterpretedMods {
    private static final ClassDesc FLOATS = ConstantDescs.CD_float.arrayType();
    private static final ClassDesc INT = ConstantDescs.CD_int;

    /** (s, offset, count, b, h, q, kv, captures). */
    private static final MethodTypeDesc ROW = MethodTypeDesc.of(
            ConstantDescs.CD_void, FLOATS, INT, INT, INT, INT, INT, INT, ConstantDescs.CD_Object.arrayType());

    private InterpretedMods() {}

    /** A class {@code muflex.kernels.Mods} whose methods call those of this class; there are no derivatives. */
    static byte[] classFile() {
        ClassDesc self = ClassDesc.of(InterpretedMods.class.getName());
        return ClassFile.of().build(ClassDesc.of("muflex.kernels.Mods"), builder -> {
            builder.withFlags(ClassFile.ACC_PUBLIC | ClassFile.ACC_FINAL);
            for (String name : List.of("scoreQueries", "scoreKeys", "maskedQueries", "maskedKeys")) {
                builder.withMethodBody(
                        name,
                        ROW,
                        ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC,
                        code -> code.aload(0)
                                .iload(1)
                                .iload(2)
                                .iload(3)
                                .iload(4)
                                .iload(5)
                                .iload(6)
                                .aload(7)
                                .invokestatic(self, name, ROW)
                                .return_());
            }
        });
    }

    public static void scoreQueries(float[] s, int offset, int count, int b, int h, int q, int kv, Object[] captures) {
        ScoreMod score = (ScoreMod) captures[0];
        for (int i = 0; i < count; i++) {
            s[offset + i] = score.apply(s[offset + i], b, h, q + i, kv);
        }
    }

    public static void scoreKeys(float[] s, int offset, int count, int b, int h, int q, int kv, Object[] captures) {
        ScoreMod score = (ScoreMod) captures[0];
        for (int i = 0; i < count; i++) {
            s[offset + i] = score.apply(s[offset + i], b, h, q, kv + i);
        }
    }

    public static void maskedQueries(float[] s, int offset, int count, int b, int h, int q, int kv, Object[] captures) {
        MaskMod mask = (MaskMod) captures[1];
        ScoreMod score = (ScoreMod) captures[0];
        for (int i = 0; i < count; i++) {
            boolean allowed = mask.test(b, h, q + i, kv);
            s[offset + i] = allowed ? score.apply(s[offset + i], b, h, q + i, kv) : Float.NEGATIVE_INFINITY;
        }
    }

    public static void maskedKeys(float[] s, int offset, int count, int b, int h, int q, int kv, Object[] captures) {
        MaskMod mask = (MaskMod) captures[1];
        ScoreMod score = (ScoreMod) captures[0];
        for (int i = 0; i < count; i++) {
            boolean allowed = mask.test(b, h, q, kv + i);
            s[offset + i] = allowed ? score.apply(s[offset + i], b, h, q, kv + i) : Float.NEGATIVE_INFINITY;
        }
    }
}
