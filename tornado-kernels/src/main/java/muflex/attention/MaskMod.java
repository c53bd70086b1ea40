package muflex.attention;

import java.io.Serializable;

/**
 * Says which keys a query may attend to: {@code true} keeps the element, {@code false} makes its score −∞. Written as
 * a lambda, lifted from its bytecode; it must be a pure function of its arguments and of what it captures.
 *
 * <p>{@code h} is the <em>query</em> head, also under grouped-query attention.
 *
 * <pre>{@code
 * MaskMod causal = (b, h, q, kv) -> kv <= q;
 * MaskMod window = causal.and((b, h, q, kv) -> q - kv < 512);
 * }</pre>
 */
@FunctionalInterface
public interface MaskMod extends Serializable {

    boolean test(int b, int h, int q, int kv);

    /** Elements that both allow; {@code other} is asked only where this one allows. */
    default MaskMod and(MaskMod other) {
        return (b, h, q, kv) -> test(b, h, q, kv) && other.test(b, h, q, kv);
    }

    /** Elements that either allows; {@code other} is asked only where this one forbids. */
    default MaskMod or(MaskMod other) {
        return (b, h, q, kv) -> test(b, h, q, kv) || other.test(b, h, q, kv);
    }

    /** Elements that this one forbids. */
    default MaskMod negate() {
        return (b, h, q, kv) -> !test(b, h, q, kv);
    }
}
