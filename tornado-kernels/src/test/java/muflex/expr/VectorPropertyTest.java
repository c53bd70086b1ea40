package muflex.expr;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.constant.ClassDesc;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Random;
import muflex.expr.RowFunction.Vary;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The vector form of random expressions against their scalar form. */
class VectorPropertyTest {
    private static final ClassDesc OWNER = ClassDesc.of("muflex.expr.Generated");
    private static final List<Vary> VARY = List.of(Vary.ARRAY, Vary.UNIFORM, Vary.IOTA, Vary.UNIFORM);
    private static final int LENGTH = RandomExpressions.LENGTH;

    /** Without transcendental functions and zeros of either sign, every bit is the same. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void exactOperationsAreExact(long part) throws Throwable {
        for (long seed = part * 1000; seed < part * 1000 + 60; seed++) {
            compare(seed, new RandomExpressions(seed, false, false).withoutSignedZeros());
        }
    }

    /** Doubles too: they have lanes of their own. */
    @ParameterizedTest
    @ValueSource(longs = {5, 6})
    void doublesAreExact(long part) throws Throwable {
        for (long seed = part * 1000; seed < part * 1000 + 60; seed++) {
            RandomExpressions expressions = new RandomExpressions(seed, false, true);
            compare(seed, expressions.withoutSignedZeros().withoutLongs());
        }
    }

    private static void compare(long seed, RandomExpressions expressions) throws Throwable {
        Expr body = Simplifier.simplify(expressions.next(Type.FLOAT, 2 + (int) seed % 3));
        RowFunction row = new RowFunction("row", RandomExpressions.PARAMETERS, VARY, List.of(body));
        MethodHandle scalar = Rows.compile("row", row::emitScalar);
        MethodHandle vector = Rows.compile("row", builder -> row.emitVector(builder, OWNER));
        Object[] captures = expressions.captures().toArray();
        Random random = new Random(seed);
        for (int n = 0; n < 4; n++) {
            int count = n == 0 ? LENGTH : random.nextInt(LENGTH);
            int i = random.nextInt(LENGTH);
            int j = random.nextInt(LENGTH - count + 1);
            int k = random.nextInt(100) - 50;
            float[] x = new float[LENGTH + 1];
            for (int m = 0; m < x.length; m++) {
                x[m] = m == 7 ? Float.NaN : m == 5 ? Float.NEGATIVE_INFINITY : (float) random.nextGaussian() * 3;
            }
            float[] expected = x.clone();
            scalar.invokeExact(expected, 1, i, j, k, expected, 1, count, captures);
            vector.invokeExact(x, 1, i, j, k, x, 1, count, captures);
            assertThat(x)
                    .as("seed %d i %d j %d k %d count %d: %s", seed, i, j, k, count, Printer.print(body))
                    .containsExactly(expected);
        }
    }
}
