package muflex.attention;

/** Distances put into buckets. */
final class Buckets {

    private Buckets() {}

    /** T5's bucket of each {@code kv − q} from −maxDistance to maxDistance; see {@link ScoreMods#t5Bias}. */
    static int[] t5(int buckets, int maxDistance, boolean bothWays) {
        int perSide = bothWays ? buckets / 2 : buckets;
        if (perSide < 2 || bothWays && buckets % 2 != 0) {
            throw new IllegalArgumentException("buckets: expected at least 2 a side, as many on both, got " + buckets
                    + (bothWays ? " for both sides" : "") + "; T5 has 32");
        }
        Check.atLeast("maxDistance", perSide / 2 + 1, maxDistance);
        int[] bucketOf = new int[2 * maxDistance + 1];
        for (int offset = -maxDistance; offset <= maxDistance; offset++) {
            int later = bothWays && offset > 0 ? perSide : 0;
            int distance = bothWays ? Math.abs(offset) : Math.max(-offset, 0);
            bucketOf[offset + maxDistance] = later + oneSide(distance, perSide, maxDistance);
        }
        return bucketOf;
    }

    /** The first half of the buckets is exact, the second logarithmic up to maxDistance. */
    private static int oneSide(int distance, int buckets, int maxDistance) {
        int exact = buckets / 2;
        if (distance < exact) {
            return distance;
        }
        double share = Math.log((double) distance / exact) / Math.log((double) maxDistance / exact);
        return Math.min(exact + (int) (share * (buckets - exact)), buckets - 1);
    }
}
