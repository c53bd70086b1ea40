package muflex.expr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import muflex.expr.IntervalAnalysis.Decision;
import muflex.expr.Mods.Mask;
import muflex.expr.Mods.Score;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class IntervalAnalysisTest {

    private static Decision block(Mask mask, int q, int queries, int kv, int keys) {
        return IntervalAnalysis.of(Lifter.lift(mask))
                .decide(new int[] {0, 0, q, kv}, new int[] {0, 0, q + queries - 1, kv + keys - 1});
    }

    @Test
    void causal() {
        Mask causal = (b, h, q, kv) -> q >= kv;
        assertThat(block(causal, 128, 128, 0, 128)).isEqualTo(Decision.TRUE);
        assertThat(block(causal, 127, 128, 0, 128)).isEqualTo(Decision.TRUE);
        assertThat(block(causal, 126, 128, 0, 128)).isEqualTo(Decision.UNKNOWN);
        assertThat(block(causal, 128, 128, 128, 128)).isEqualTo(Decision.UNKNOWN);
        assertThat(block(causal, 0, 128, 128, 128)).isEqualTo(Decision.FALSE);
        assertThat(block(causal.and(causal.negate()), 128, 128, 256, 128)).isEqualTo(Decision.FALSE);
    }

    @Test
    void slidingWindow() {
        Mask window = (b, h, q, kv) -> q >= kv && q - kv <= 512;
        assertThat(block(window, 640, 128, 512, 128)).isEqualTo(Decision.TRUE);
        assertThat(block(window, 639, 128, 0, 128)).isEqualTo(Decision.UNKNOWN);
        assertThat(block(window, 768, 128, 0, 128)).isEqualTo(Decision.FALSE);
        assertThat(block(window, 768, 128, 128, 128)).isEqualTo(Decision.FALSE);
        assertThat(block(window, 767, 128, 128, 128)).isEqualTo(Decision.UNKNOWN);
        assertThat(block(window, 0, 128, 128, 128)).isEqualTo(Decision.FALSE);
    }

    @Test
    void documents() {
        int[] document = new int[1000];
        for (int i = 0; i < 1000; i++) {
            document[i] = i / 300;
        }
        Mask same = (b, h, q, kv) -> document[q] == document[kv];
        assertThat(block(same, 0, 100, 150, 100)).isEqualTo(Decision.TRUE);
        assertThat(block(same, 0, 100, 300, 100)).isEqualTo(Decision.FALSE);
        assertThat(block(same, 250, 100, 300, 100)).isEqualTo(Decision.UNKNOWN);
        // Reading past the end is for the evaluation itself to report.
        assertThat(block(same, 0, 100, 950, 100)).isEqualTo(Decision.UNKNOWN);
        Mask guarded = (b, h, q, kv) -> kv < 1000 && document[q] == document[kv];
        assertThat(block(guarded, 0, 100, 1000, 100)).isEqualTo(Decision.FALSE);
        int[] start = {0, 300, 600, 900};
        Mask local = (b, h, q, kv) -> document[q] == document[kv] && q - start[document[q]] >= kv - start[document[kv]];
        assertThat(block(local, 400, 50, 300, 50)).isEqualTo(Decision.TRUE);
        assertThat(block(local, 300, 50, 400, 50)).isEqualTo(Decision.FALSE);
    }

    @Test
    void sharedTermsCancel() {
        int offset = 7;
        Mask shifted = (b, h, q, kv) -> q + b - offset >= kv + b - 2 * offset;
        assertThat(IntervalAnalysis.of(Lifter.lift(shifted))
                        .decide(new int[] {0, 0, 100, 0}, new int[] {1000, 0, 107, 107}))
                .isEqualTo(Decision.TRUE);
    }

    @Test
    void wholeBlocksOfDivisionsAndBits() {
        Mask blocks = (b, h, q, kv) -> q / 64 == kv / 64;
        assertThat(block(blocks, 64, 32, 96, 32)).isEqualTo(Decision.TRUE);
        assertThat(block(blocks, 64, 64, 128, 64)).isEqualTo(Decision.FALSE);
        Mask bits = (b, h, q, kv) -> (q >> 6) - (kv >> 6) <= 1 && (q & ~63) >= (kv & ~63);
        assertThat(block(bits, 128, 64, 64, 64)).isEqualTo(Decision.TRUE);
        assertThat(block(bits, 192, 64, 64, 64)).isEqualTo(Decision.FALSE);
        Mask page = (b, h, q, kv) -> Math.floorMod(kv, 256) < 128;
        assertThat(block(page, 0, 1, 512, 128)).isEqualTo(Decision.TRUE);
        assertThat(block(page, 0, 1, 640, 128)).isEqualTo(Decision.FALSE);
    }

    @Test
    void overflowIsNotOverlooked() {
        Mask wraps = (b, h, q, kv) -> q + 1 > q;
        assertThat(block(wraps, 5, 10, 0, 1)).isEqualTo(Decision.TRUE);
        assertThat(block(wraps, Integer.MAX_VALUE - 3, 4, 0, 1)).isEqualTo(Decision.UNKNOWN);
        Mask product = (b, h, q, kv) -> q * kv >= 0;
        assertThat(block(product, 0, 1000, 0, 1000)).isEqualTo(Decision.TRUE);
        assertThat(block(product, 0, 100_000, 0, 100_000)).isEqualTo(Decision.UNKNOWN);
    }

    @Test
    void floats() {
        Mask slope = (b, h, q, kv) -> 0.5f * (q - kv) < 10 && (float) Math.exp(kv - q) > 0.1f;
        assertThat(block(slope, 10, 4, 10, 4)).isEqualTo(Decision.UNKNOWN);
        assertThat(block(slope, 10, 2, 10, 2)).isEqualTo(Decision.TRUE);
        assertThat(block(slope, 100, 8, 10, 8)).isEqualTo(Decision.FALSE);
    }

    @Test
    void onlyBooleans() {
        Score score = (s, b, h, q, kv) -> s;
        assertThatThrownBy(() -> IntervalAnalysis.of(Lifter.lift(score)))
                .hasMessage("function: expected one that returns boolean, got float; pass a mask");
    }

    static List<Mask> masks() {
        return Zoo.masks();
    }

    @ParameterizedTest
    @MethodSource("masks")
    void decidesNothingWrongly(Mask mask) {
        IntervalAnalysis analysis = IntervalAnalysis.of(Lifter.lift(mask));
        Random random = new Random(3);
        for (int n = 0; n < 400; n++) {
            int[] from = {random.nextInt(2), random.nextInt(4), random.nextInt(15), random.nextInt(15)};
            int[] to = {1, 3, 14, 14};
            for (int p = 0; p < 4; p++) {
                to[p] = from[p] + random.nextInt(Math.min(to[p] - from[p] + 1, 5));
            }
            Decision decision = analysis.decide(from, to);
            for (int b = from[0]; b <= to[0]; b++) {
                for (int h = from[1]; h <= to[1]; h++) {
                    for (int q = from[2]; q <= to[2]; q++) {
                        for (int kv = from[3]; kv <= to[3]; kv++) {
                            assertThat(decision).isNotEqualTo(mask.test(b, h, q, kv) ? Decision.FALSE : Decision.TRUE);
                        }
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void decidesNoRandomExpressionWrongly(long seed) {
        int decided = 0;
        for (int n = 0; n < 800; n++) {
            RandomExpressions expressions = new RandomExpressions(seed * 10_000 + n, true, n % 3 == 0);
            Expr body = expressions.next(Type.BOOLEAN, 1 + n % 4);
            Lifted function = new Lifted(RandomExpressions.PARAMETERS, body, expressions.captures());
            ScalarFunction f = ScalarFunction.asWritten(function);
            IntervalAnalysis analysis = IntervalAnalysis.of(function);
            Random random = new Random(n);
            for (int m = 0; m < 6; m++) {
                int[] from = {0, random.nextInt(36), random.nextInt(36), extreme(random)};
                int[] to = {0, from[1] + random.nextInt(4), from[2] + random.nextInt(4), from[3]};
                to[3] = (int) Math.min((long) from[3] + random.nextInt(3), Integer.MAX_VALUE);
                Decision decision = analysis.decide(from, to);
                decided += decision == Decision.UNKNOWN ? 0 : 1;
                check(f, from, to, decision, "seed " + seed + " expression " + n);
            }
        }
        assertThat(decided).isGreaterThan(700);
    }

    private static int extreme(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> Integer.MAX_VALUE - random.nextInt(3);
            case 1 -> Integer.MIN_VALUE + random.nextInt(3);
            default -> random.nextInt(60) - 30;
        };
    }

    private static void check(ScalarFunction f, int[] from, int[] to, Decision decision, String what) {
        for (float x : new float[] {-1.5f, 0f, 1e30f, Float.NaN, Float.NEGATIVE_INFINITY}) {
            for (int i = from[1]; i <= to[1]; i++) {
                for (int j = from[2]; j <= to[2]; j++) {
                    for (int k = from[3]; ; k++) {
                        boolean value = f.evaluate(x, i, j, k) != 0;
                        if (decision == (value ? Decision.FALSE : Decision.TRUE)) {
                            throw new AssertionError(what + " at " + x + " " + i + " " + j + " " + k + ": " + decision);
                        }
                        if (k == to[3]) {
                            break;
                        }
                    }
                }
            }
        }
    }
}
