package muflex.kernels;

/**
 * Counter-based random bits: Philox 4×32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3",
 * section 3.3). Dropout draws from it, so which elements drop depends on the seed and the element's indices alone: every
 * engine, any order of evaluation and the backward pass agree bit for bit.
 *
 * <p>The key is the seed, low word first. Four neighbouring keys of one query share a counter
 * {@code (kv / 4, q, h, b)}; key {@code kv} takes word {@code kv mod 4} of the result.
 */
public final class Philox {

    private static final long MULTIPLIER_0 = 0xD2511F53L;
    private static final long MULTIPLIER_1 = 0xCD9E8D57L;
    private static final int WEYL_0 = 0x9E3779B9;
    private static final int WEYL_1 = 0xBB67AE85;
    private static final long LOW = 0xFFFFFFFFL;

    private Philox() {}

    /** The factor of a softmax weight under dropout: 0 with probability {@code p}, else {@code 1 / (1 − p)}. */
    public static float keep(long seed, float p, int b, int h, int q, int kv) {
        float uniform = (word(seed, kv >>> 2, q, h, b, kv & 3) >>> 8) * 0x1p-24f;
        return uniform < p ? 0f : 1f / (1f - p);
    }

    /** Word {@code which} (0 to 3) of the four that the counter {@code (c0, c1, c2, c3)} gives. */
    public static int word(long seed, int c0, int c1, int c2, int c3, int which) {
        int x0 = c0;
        int x1 = c1;
        int x2 = c2;
        int x3 = c3;
        int key0 = (int) seed;
        int key1 = (int) (seed >>> 32);
        for (int round = 0; round < 10; round++) {
            long product0 = MULTIPLIER_0 * (x0 & LOW);
            long product1 = MULTIPLIER_1 * (x2 & LOW);
            x0 = (int) (product1 >>> 32) ^ x1 ^ key0;
            x1 = (int) product1;
            x2 = (int) (product0 >>> 32) ^ x3 ^ key1;
            x3 = (int) product0;
            key0 += WEYL_0;
            key1 += WEYL_1;
        }
        int low = which == 0 ? x0 : x1;
        int high = which == 2 ? x2 : x3;
        return which < 2 ? low : high;
    }
}
