package muflex.expr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

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

    private static final float[] TABLE = table();
    private static final int[] INDEX = new Random(5).ints(64, 0, 40).toArray();

    private static float[] table() {
        float[] table = new float[64];
        for (int i = 0; i < table.length; i++) {
            table[i] = 1 + i / 64f;
        }
        return table;
    }

    /** Reads whose indices along the row are the same, rise, fall, stop at a bound, repeat, or are not all executed. */
    static Stream<Score> learned() {
        float[] table = TABLE;
        int[] index = INDEX;
        return Stream.of(
                (s, b, h, q, kv) -> s * table[h],
                (s, b, h, q, kv) -> s + table[kv],
                (s, b, h, q, kv) -> s + table[q - kv + 40],
                (s, b, h, q, kv) -> s + table[Math.min(Math.max(q - kv, -8), 8) + 8],
                (s, b, h, q, kv) -> s * table[index[kv]] + table[q],
                (s, b, h, q, kv) -> kv <= q ? s * table[q - kv] : s,
                (s, b, h, q, kv) -> kv % 3 == 0 ? (float) Math.tanh(s * table[kv]) : table[q] * table[q]);
    }

    @ParameterizedTest
    @MethodSource("learned")
    void gradientsOfRowsOneAfterAnother(Score score) throws Throwable {
        Lifted lifted = Lifter.lift(score);
        RowFunction row = new RowFunction("row", lifted.parameters(), KEYS, List.of(lifted.body()));
        TileFunction tile = new TileFunction(row, Q);
        MethodHandle rowScatter = Rows.compile("row", row::emitScatter);
        MethodHandle scalar = tile(tile::emitScatter);
        MethodHandle vector = tile(tile::emitVectorScatter);
        Object[] captures = lifted.captures().toArray();
        for (int count : new int[] {0, 1, 7, 16, 37}) {
            int rows = 6;
            int stride = 38;
            float[] s = random(rows, count, stride);
            float[] ds = random(rows, count + 1, stride);
            float[][] expected = gradients(lifted);
            for (int r = 0; r < rows; r++) {
                int at = 1 + r * stride;
                rowScatter.invoke(s, at, 1, 2, 15 + r, 0, ds, at, count, captures, expected);
            }
            float[][] some = gradients(lifted);
            scalar.invoke(s, 1, 1, 2, 15, 0, ds, 1, count, captures, rows, stride, some);
            assertThat(some[lifted.slotOf(TABLE)]).isEqualTo(expected[lifted.slotOf(TABLE)]);
            float[][] sums = gradients(lifted);
            vector.invoke(s, 1, 1, 2, 15, 0, ds, 1, count, captures, rows, stride, sums);
            assertThat(sums[lifted.slotOf(TABLE)])
                    .as("%d a row", count)
                    .containsExactly(expected[lifted.slotOf(TABLE)], within(1e-4f));
            vector.invoke(s, 1, 1, 2, 15, 0, ds, 1, count, captures, rows, stride, new float[sums.length][]);
        }
    }

    private static float[][] gradients(Lifted lifted) {
        float[][] gradients = new float[lifted.captures().size()][];
        gradients[lifted.slotOf(TABLE)] = new float[TABLE.length];
        return gradients;
    }

    private static float[] random(int rows, int count) {
        return random(rows, count, STRIDE);
    }

    private static float[] random(int rows, int count, int stride) {
        Random random = new Random(31L * rows + count);
        float[] x = new float[1 + 6 * stride];
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
