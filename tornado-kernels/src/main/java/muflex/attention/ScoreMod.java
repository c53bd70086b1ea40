package muflex.attention;

import java.io.Serializable;

/**
 * Changes one attention score. Written as a lambda, lifted from its bytecode and fused into the kernels; it must be a
 * pure function of its arguments and of what it captures.
 *
 * <p>{@code score} is {@code scale · (q · k)}. Indices are of this batch, <em>query</em> head, query and key, also
 * under grouped-query attention. A masked element's score is never computed.
 *
 * <pre>{@code
 * float[] slopes = …;
 * ScoreMod alibi = (score, b, h, q, kv) -> score + slopes[h] * (kv - q);
 * }</pre>
 */
@FunctionalInterface
public interface ScoreMod extends Serializable {

    float apply(float score, int b, int h, int q, int kv);

    /** This mod, then {@code next} on its result. */
    default ScoreMod andThen(ScoreMod next) {
        return (score, b, h, q, kv) -> next.apply(apply(score, b, h, q, kv), b, h, q, kv);
    }
}
