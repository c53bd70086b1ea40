package muflex.model.generation;

/**
 * How the next token is chosen.
 *
 * @param tokens how many to generate
 * @param temperature divides the logits; 0 always takes the likeliest
 * @param topK only the k likeliest may be chosen; 0 for all
 * @param seed of the choices
 */
public record GenerationOptions(int tokens, double temperature, int topK, long seed) {

    public GenerationOptions {
        count("tokens", tokens);
        count("topK", topK);
        if (!(temperature >= 0)) {
            throw new IllegalArgumentException(
                    "temperature: expected at least 0, got " + temperature + "; use 0 for the likeliest token");
        }
    }

    private static void count(String name, int value) {
        if (value < 0) {
            throw new IllegalArgumentException(name + ": expected at least 0, got " + value + "; give a count");
        }
    }
}
