package muflex.expr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.classfile.ClassBuilder;
import java.lang.constant.ClassDesc;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import muflex.expr.Mods.Score;
import muflex.expr.RowFunction.Vary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A tile is its rows one after another, bit for bit, in both forms. */
class TileFunctionTest {
    private static final ClassDesc OWNER = ClassDesc.of("muflex.expr.Generated");
    private static final List<Vary> KEYS = List.of(Vary.ARRAY, Vary.UNIFORM, Vary.UNIFORM, Vary.UNIFORM, Vary.IOTA);
    private static final List<Vary> QUERIES = List.of(Vary.ARRAY, Vary.UNIFORM, Vary.UNIFORM, Vary.IOTA, Vary.UNIFORM);
    private static final int Q = 3;
    private static final int KV = 4;
    private static final int STRIDE = 19;

    static Stream<Score> scores() {
        return LifterTest.scores();
    }

    @ParameterizedTest
    @MethodSource("scores")
    void rowsOneAfterAnother(Score score) throws Throwable {
        Lifted lifted = Lifter.lift(score);
        for (boolean alongKeys : new boolean[] {true, false}) {
            RowFunction row = row(lifted, alongKeys);
            TileFunction tile = new TileFunction(row, alongKeys ? Q : KV);
            compare(lifted, alongKeys, Rows.compile("row", row::emitScalar), tile(tile::emitScalar));
            compare(lifted, alongKeys, vectorRow(row), tile(tile::emitVector));
        }
    }

    /** The score itself and its derivative, as the backward pass wants them. */
    private static RowFunction row(Lifted lifted, boolean alongKeys) {
        Expr derivative =
                Derivative.withRespectTo(lifted.body(), lifted.parameters().getFirst());
        return new RowFunction(
                "row", lifted.parameters(), alongKeys ? KEYS : QUERIES, List.of(lifted.body(), derivative));
    }

    private static MethodHandle vectorRow(RowFunction row) throws IllegalAccessException {
        return Rows.compile("row", builder -> row.emitVector(builder, OWNER));
    }

    private static MethodHandle tile(BiConsumer<ClassBuilder, ClassDesc> emit) throws IllegalAccessException {
        return Rows.compile("row", builder -> emit.accept(builder, OWNER));
    }

    private static void compare(Lifted lifted, boolean alongKeys, MethodHandle row, MethodHandle tile)
            throws Throwable {
        Object[] captures = lifted.captures().toArray();
        for (int rows : new int[] {0, 1, 6}) {
            for (int count : new int[] {0, 1, 7, 16}) {
                int q = alongKeys ? 3 : 0;
                int kv = alongKeys ? 0 : 3;
                float[] s = random(rows, count);
                float[] d = new float[s.length];
                float[] expected = s.clone();
                float[] expectedD = new float[s.length];
                for (int r = 0; r < rows; r++) {
                    int at = 1 + r * STRIDE;
                    int rowQ = alongKeys ? q + r : q;
                    int rowKv = alongKeys ? kv : kv + r;
                    row.invokeExact(expected, at, 1, 2, rowQ, rowKv, expected, at, expectedD, at, count, captures);
                }
                tile.invokeExact(s, 1, 1, 2, q, kv, s, 1, d, 1, count, captures, rows, STRIDE);
                assertThat(s).as("%d rows of %d", rows, count).isEqualTo(expected);
                assertThat(d).as("derivative, %d rows of %d", rows, count).isEqualTo(expectedD);
            }
        }
    }

    private static float[] random(int rows, int count) {
        Random random = new Random(31L * rows + count);
        float[] x = new float[1 + 6 * STRIDE];
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) random.nextGaussian() * 3;
        }
        return x;
    }

    @Test
    void whatGrowsFromRowToRowIsTheSameAlongARow() {
        RowFunction row = row(Lifter.lift((Score) (s, b, h, q, kv) -> s + q), false);
        assertThatThrownBy(() -> new TileFunction(row, Q))
                .hasMessage("next: expected an int that is UNIFORM along the row, got IOTA int; change its vary");
    }
}
