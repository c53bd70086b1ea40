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
        if (tokens < 0 || topK < 0) {
            throw new IllegalArgumentException(
                    "tokens and topK: expected at least 0, got " + tokens + " and " + topK + "; give a count");
        }
        if (!(temperature >= 0)) {
            throw new IllegalArgumentException(
                    "temperature: expected at least 0, got " + temperature + "; use 0 for the likeliest token");
        }
    }
}
