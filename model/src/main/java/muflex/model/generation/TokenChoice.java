package muflex.model.generation;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import muflex.model.CounterRandom;

/** Chooses tokens from logits: softmax at a temperature, among the likeliest. */
final class TokenChoice {

    private final GenerationOptions options;
    private final CounterRandom random;

    TokenChoice(GenerationOptions options) {
        this.options = options;
        this.random = CounterRandom.of(options.seed(), "generation");
    }

    /**
     * The token after {@code index} earlier choices; the same for the same seed, index and logits.
     *
     * @param logits [vocab]
     */
    int choose(float[] logits, int index) {
        int[] ranked = IntStream.range(0, logits.length)
                .boxed()
                .sorted(Comparator.comparingDouble(token -> -logits[token]))
                .mapToInt(Integer::intValue)
                .toArray();
        int count = options.topK() == 0 ? ranked.length : Math.min(options.topK(), ranked.length);
        if (options.temperature() == 0 || count == 1) {
            return ranked[0];
        }
        double[] weights = Arrays.stream(ranked, 0, count)
                .mapToDouble(token -> Math.exp((logits[token] - logits[ranked[0]]) / options.temperature()))
                .toArray();
        double left = random.uniform(index) * Arrays.stream(weights).sum();
        int chosen = 0;
        while (chosen < count - 1 && left >= weights[chosen]) {
            left -= weights[chosen];
            chosen++;
        }
        return ranked[chosen];
    }
}
