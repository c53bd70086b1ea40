package muflex.model.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class TokenChoiceTest {

    private static final float[] LOGITS = {0, (float) Math.log(3), -50, (float) Math.log(4)};

    private static double[] shares(GenerationOptions options) {
        TokenChoice choice = new TokenChoice(options);
        double[] shares = new double[LOGITS.length];
        for (int i = 0; i < 20_000; i++) {
            shares[choice.choose(LOGITS, i)] += 1 / 20_000.0;
        }
        return shares;
    }

    @Test
    void zeroTemperatureTakesTheLikeliest() {
        assertThat(new TokenChoice(new GenerationOptions(1, 0, 0, 1)).choose(LOGITS, 0))
                .isEqualTo(3);
        assertThat(new TokenChoice(new GenerationOptions(1, 0, 0, 1)).choose(new float[] {1, 2, 2}, 0))
                .isEqualTo(1);
    }

    @Test
    void choicesFollowTheSoftmaxAtTheTemperature() {
        assertThat(shares(new GenerationOptions(1, 1, 0, 1)))
                .containsExactly(new double[] {0.125, 0.375, 0, 0.5}, within(0.01));
        // At temperature 1/2 the weights are squared: 1, 9, 16.
        assertThat(shares(new GenerationOptions(1, 0.5, 0, 1)))
                .containsExactly(new double[] {1 / 26.0, 9 / 26.0, 0, 16 / 26.0}, within(0.01));
    }

    @Test
    void topKLeavesOutTheRest() {
        assertThat(shares(new GenerationOptions(1, 1, 2, 1)))
                .containsExactly(new double[] {0, 3 / 7.0, 0, 4 / 7.0}, within(0.01));
    }
}
