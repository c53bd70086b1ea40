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
import muflex.expr.Derivative;
import muflex.expr.Expr;
import muflex.expr.RowFunction;
import muflex.expr.RowFunction.Vary;
import muflex.expr.TileFunction;
import muflex.kernels.ModTiles;
import muflex.kernels.RowTile;

/** Writes the class that takes the place of {@link ModTiles}, from the lifted score mod and mask. */
final class ModTilesClass {
    private static final int Q = 3;
    private static final int KV = 4;

    private static final List<Vary> QUERIES = List.of(Vary.ARRAY, Vary.UNIFORM, Vary.UNIFORM, Vary.IOTA, Vary.UNIFORM);
    private static final List<Vary> KEYS = List.of(Vary.ARRAY, Vary.UNIFORM, Vary.UNIFORM, Vary.UNIFORM, Vary.IOTA);

    private static final ClassDesc NAME = ClassDesc.of(ModTiles.class.getName());
    private static final ClassDesc ROW_TILE = ClassDesc.of(RowTile.class.getName());
    private static final ClassDesc FLOATS = ConstantDescs.CD_float.arrayType();
    private static final ClassDesc INT = ConstantDescs.CD_int;
    private static final ClassDesc CAPTURES = ConstantDescs.CD_Object.arrayType();

    /** (s, rows, count, b, h, q, kv, captures). */
    private static final MethodTypeDesc TILE =
            MethodTypeDesc.of(ConstantDescs.CD_void, FLOATS, INT, INT, INT, INT, INT, INT, CAPTURES);

    /** (s, offset, rows, count, b, h, q, kv, captures). */
    private static final MethodTypeDesc TILE_AT = TILE.insertParameterTypes(1, INT);

    /** (s, d, rows, count, b, h, q, kv, captures). */
    private static final MethodTypeDesc TILE_AND_DERIVATIVE = TILE.insertParameterTypes(1, FLOATS);

    /** (s, ds, rows, count, b, h, q, kv, captures, gradients). */
    private static final MethodTypeDesc ACCUMULATE =
            TILE_AND_DERIVATIVE.insertParameterTypes(TILE_AND_DERIVATIVE.parameterCount(), FLOATS.arrayType());

    private final ClassBuilder builder;
    private final boolean vector;

    private ModTilesClass(ClassBuilder builder, boolean vector) {
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
            ModTilesClass tiles = new ModTilesClass(builder, vector);
            tiles.add("scoreQueries", TILE, QUERIES, KV, score);
            tiles.add("maskedQueries", TILE, QUERIES, KV, masked);
            tiles.add("scoreKeys", TILE_AT, KEYS, Q, score);
            tiles.add("maskedKeys", TILE_AT, KEYS, Q, masked);
            tiles.add("derivativeKeys", TILE_AND_DERIVATIVE, KEYS, Q, score);
            tiles.add("maskedDerivativeKeys", TILE_AND_DERIVATIVE, KEYS, Q, masked);
            tiles.accumulate("accumulateKeys", score);
            tiles.accumulate("maskedAccumulateKeys", masked);
        });
    }

    /** The method {@code name} of ModTiles and the tile function that it calls; an empty method for the identity. */
    private void add(String name, MethodTypeDesc type, List<Vary> vary, int next, Expr value) {
        boolean derivative = type.equals(TILE_AND_DERIVATIVE);
        if (value.equals(SCORE) && !derivative) {
            method(name, type, CodeBuilder::return_);
            return;
        }
        List<Expr> outputs = derivative ? List.of(value, Derivative.withRespectTo(value, SCORE)) : List.of(value);
        TileFunction tile = new TileFunction(new RowFunction(name + "Tile", PARAMETERS, vary, outputs), next);
        if (vector) {
            tile.emitVector(builder, NAME);
        } else {
            tile.emitScalar(builder, NAME);
        }
        method(name, type, code -> {
            arguments(code, type, type.parameterCount() - 7, derivative ? List.of(0, 1) : List.of(0));
            code.invokestatic(NAME, tile.row().name(), tile.descriptor()).return_();
        });
    }

    /** The same for the gradients of captured arrays; an empty method where none are read. */
    private void accumulate(String name, Expr value) {
        if (Derivative.withRespectToReads(value).isEmpty()) {
            method(name, ACCUMULATE, CodeBuilder::return_);
            return;
        }
        TileFunction tile = new TileFunction(new RowFunction(name + "Tile", PARAMETERS, KEYS, List.of(value)), Q);
        if (vector) {
            tile.emitVectorScatter(builder, NAME);
        } else {
            tile.emitScatter(builder, NAME);
        }
        method(name, ACCUMULATE, code -> {
            arguments(code, ACCUMULATE, 2, List.of(1));
            code.aload(9)
                    .invokestatic(NAME, tile.row().name(), tile.scatterDescriptor())
                    .return_();
        });
    }

    /** The arguments of a tile function, from those of a method whose parameter {@code rows} is its rows. */
    private static void arguments(CodeBuilder code, MethodTypeDesc type, int rows, List<Integer> outputs) {
        offset(code.aload(0), type);
        for (int p = rows + 2; p < rows + 6; p++) {
            code.iload(p);
        }
        for (int output : outputs) {
            offset(code.aload(output), type);
        }
        code.iload(rows + 1).aload(rows + 6).iload(rows).getstatic(ROW_TILE, "WIDTH", INT);
    }

    private static void offset(CodeBuilder code, MethodTypeDesc type) {
        if (type.equals(TILE_AT)) {
            code.iload(1);
        } else {
            code.iconst_0();
        }
    }

    private void method(String name, MethodTypeDesc type, Consumer<CodeBuilder> body) {
        builder.withMethodBody(name, type, ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC, body);
    }
}
