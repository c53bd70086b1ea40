package muflex.engine.tornado;

/** Whether two devices' answers are the same but for rounding. */
final class Agreement {
    /** Far above rounding, far below what a wrong kernel gives. */
    private static final double LIMIT = 1e-2;

    private Agreement() {}

    /**
     * @throws IllegalStateException if {@code ‖actual − expected‖ > limit · ‖expected‖}, or either has a NaN or an infinity that the
     *     other has not
     */
    static void require(String what, float[] actual, float[] expected, String oracle) {
        double error = error(actual, expected);
        if (!(error <= LIMIT)) {
            throw new IllegalStateException(
                    "%s: expected what %s computes within %.0e, got a relative error of %.3g; this is a fault of TornadoVM or its driver: use another device, and report it (muflex.verify=false turns this check off)"
                            .formatted(what, oracle, LIMIT, error));
        }
    }

    /** {@code ‖actual − expected‖ / ‖expected‖}, 0 where both are equal. */
    static double error(float[] actual, float[] expected) {
        double difference = 0;
        double size = 0;
        for (int i = 0; i < expected.length; i++) {
            if (Float.compare(actual[i], expected[i]) == 0) {
                size += Float.isFinite(expected[i]) ? (double) expected[i] * expected[i] : 0;
                continue;
            }
            double d = (double) actual[i] - expected[i];
            difference += d * d;
            size += (double) expected[i] * expected[i];
        }
        // Sums that cancel to nothing are compared with the rounding of ordinary numbers.
        return difference == 0 ? 0 : Math.sqrt(difference / Math.max(size, 1e-12 * expected.length));
    }
}
