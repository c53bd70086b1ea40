package muflex.kernels;

/**
 * What group kernels do with one pair of a query and a key, counted from the first at hand, see {@link GroupPlace}; its score
 * is element {@code i} of an item's scores.
 */
final class GroupPairs {
    private GroupPairs() {}

    /** Whether there is such a pair. */
    static boolean exists(int[] place, int query, int key) {
        return query < place[GroupPlace.QUERIES] && key < place[GroupPlace.KEYS];
    }

    /** s ← scoreMod(s), −∞ where the mask is asked and forbids the pair. */
    static void modify(float[] s, int i, int[] place, int query, int key, Object[] captures) {
        if (place[GroupPlace.MASKED] == 1) {
            modifyMasked(s, i, place, query, key, captures);
        } else {
            modifyUnmasked(s, i, place, query, key, captures);
        }
    }

    /** s ← scoreMod(s), −∞ where the mask forbids the pair. */
    static void modifyMasked(float[] s, int i, int[] place, int query, int key, Object[] captures) {
        int q = place[GroupPlace.QUERY] + query;
        int kv = place[GroupPlace.KEY] + key;
        Mods.maskedKeys(s, i, 1, place[GroupPlace.BATCH], place[GroupPlace.HEAD], q, kv, captures);
    }

    /** s ← scoreMod(s). */
    static void modifyUnmasked(float[] s, int i, int[] place, int query, int key, Object[] captures) {
        int q = place[GroupPlace.QUERY] + query;
        int kv = place[GroupPlace.KEY] + key;
        Mods.scoreKeys(s, i, 1, place[GroupPlace.BATCH], place[GroupPlace.HEAD], q, kv, captures);
    }

    /** What dropout makes of a weight of 1. */
    static float keep(float dropout, long seed, int[] place, int query, int key) {
        return dropout > 0f
                ? Philox.keep(
                        seed,
                        dropout,
                        place[GroupPlace.BATCH],
                        place[GroupPlace.HEAD],
                        place[GroupPlace.QUERY] + query,
                        place[GroupPlace.KEY] + key)
                : 1f;
    }

    /** From the weight, and dP in {@code ds[i]}: what dV takes into {@code s[i]}, and the gradient of the modified score. */
    static void gradient(float[] s, float[] ds, int i, float weight, float delta, float keep) {
        s[i] = weight * keep;
        ds[i] = weight * (ds[i] * keep - delta);
    }

    /** ds ← ds · ∂scoreMod/∂s at the score before it was modified. */
    static void derive(float[] raw, float[] ds, int i, int[] place, int query, int key, Object[] captures) {
        int b = place[GroupPlace.BATCH];
        int h = place[GroupPlace.HEAD];
        int q = place[GroupPlace.QUERY] + query;
        int kv = place[GroupPlace.KEY] + key;
        if (place[GroupPlace.MASKED] == 1) {
            Mods.maskedDerivativeKeys(raw, i, ds, i, 1, b, h, q, kv, captures);
        } else {
            Mods.derivativeKeys(raw, i, ds, i, 1, b, h, q, kv, captures);
        }
    }

    /** Adds to the gradients of captured arrays. */
    static void learn(
            float[] raw, float[] ds, int i, int[] place, int query, int key, Object[] captures, float[][] gradients) {
        int b = place[GroupPlace.BATCH];
        int h = place[GroupPlace.HEAD];
        int q = place[GroupPlace.QUERY] + query;
        int kv = place[GroupPlace.KEY] + key;
        if (place[GroupPlace.MASKED] == 1) {
            Mods.maskedAccumulateKeys(raw, i, ds, i, 1, b, h, q, kv, captures, gradients);
        } else {
            Mods.accumulateKeys(raw, i, ds, i, 1, b, h, q, kv, captures, gradients);
        }
    }
}
