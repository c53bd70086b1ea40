package muflex.model;

/**
 * Random numbers by counter: the i-th number of a stream is a function of the stream's key and i alone, so results
 * don't depend on the order in which they are asked for, and a resumed run needs no generator state. The mixing
 * function is SplitMix64's (Steele et al. 2014).
 */
public final class CounterRandom {

    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    private final long key;

    private CounterRandom(long key) {
        this.key = key;
    }

    /** The stream of {@code purpose} under {@code seed}; other purposes give unrelated streams. */
    public static CounterRandom of(long seed, String purpose) {
        long key = mix(seed + GOLDEN_GAMMA);
        for (int i = 0; i < purpose.length(); i++) {
            key = mix(key ^ purpose.charAt(i));
        }
        return new CounterRandom(key);
    }

    /** 64 random bits. */
    public long bits(long counter) {
        return mix(key + (counter + 1) * GOLDEN_GAMMA);
    }

    /** Uniform in [0, 1), a multiple of 2⁻⁵³. */
    public double uniform(long counter) {
        return (bits(counter) >>> 11) * 0x1p-53;
    }

    /** Uniform in [0, bound). */
    public int below(long counter, int bound) {
        return (int) Math.unsignedMultiplyHigh(bits(counter), bound);
    }

    /** Standard normal (Box and Muller), the same on every platform. */
    public double normal(long counter) {
        double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - uniform(2 * counter)));
        return radius * StrictMath.cos(2 * Math.PI * uniform(2 * counter + 1));
    }

    private static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
