package muflex.expr;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import muflex.expr.RandomPrograms.Program;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random methods, lifted, return what they return when they are called, bit for bit. */
class RandomProgramTest {
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void liftedIsCalled(long part) throws ReflectiveOperationException {
        int lifted = 0;
        for (long seed = part * 1000; seed < part * 1000 + 150; seed++) {
            Program program = RandomPrograms.make(seed);
            ScalarFunction function = ScalarFunction.asWritten(Lifter.lift(program));
            Random random = new Random(seed);
            for (int n = 0; n < 60; n++) {
                float x = n == 0 ? Float.NaN : n == 1 ? Float.NEGATIVE_INFINITY : (float) random.nextGaussian() * 3;
                int i = random.nextInt(9) - 4;
                int j = random.nextInt(5);
                int k = random.nextInt();
                assertThat((Object) (float) function.evaluate(x, i, j, k))
                        .as("seed %d: x %s i %d j %d k %d", seed, x, i, j, k)
                        .isEqualTo(program.apply(x, i, j, k));
            }
            lifted++;
        }
        assertThat(lifted).isEqualTo(150);
    }
}
