package muflex.engine.tornado;

import java.util.function.Supplier;
import muflex.attention.Precision;

/**
 * Whether two devices' answers are the same but for rounding.
 *
 * @param limit of a relative error: far above rounding, far below what a wrong kernel gives
 * @param least the root mean square that is rounding itself, where terms of size 1 cancel, as they do in the gradient of a query with
 *     one key: smaller numbers are compared with it
 * @param oracle the device whose answers are expected
 * @param kernels names the kernels and their sources, for the message of an answer that is wrong
 */
record Agreement(double limit, double least, String oracle, Supplier<String> kernels) {
    private static final double LIMIT = 1e-2;
    private static final double LEAST = 1e-6;

    /** bfloat16 rounds a score of 16 by up to 0.03. */
    private static final double LIMIT_OF_16_BITS = 1e-1;

    /** @param products what the operands of products are rounded to; the oracle's are not */
    static Agreement of(Precision products, String oracle, Supplier<String> kernels) {
        return switch (products) {
            case SINGLE -> new Agreement(LIMIT, LEAST, oracle, kernels);
            case HALF -> new Agreement(LIMIT_OF_16_BITS, 1e-2, oracle, kernels);
            case BFLOAT16 -> new Agreement(LIMIT_OF_16_BITS, 4e-2, oracle, kernels);
        };
    }

    /**
     * @throws IllegalStateException if {@code ‖actual − expected‖ > limit · max(‖expected‖, least · √length)}, or either has a NaN or
     *     an infinity that the other has not
     */
    void require(String what, float[] actual, float[] expected) {
        require(what, 1, actual, expected);
    }

    /** @param terms how large a sum's terms are that may cancel, as the root of the sum of their squares: rounding grows like it */
    void require(String what, double terms, float[] actual, float[] expected) {
        double error = error(actual, expected, least * terms);
        if (!(error <= limit)) {
            throw new IllegalStateException(
                    "%s: expected what %s computes within %.0e, got a relative error of %.3g from %s; this is a fault of TornadoVM or its driver: use another device, and report it with these files (muflex.verify=false turns this check off)"
                            .formatted(what, oracle, limit, error, kernels.get()));
        }
    }

    /** In single precision. */
    static double error(float[] actual, float[] expected) {
        return error(actual, expected, LEAST);
    }

    /** {@code ‖actual − expected‖ / max(‖expected‖, least · √length)}, 0 where both are equal. */
    private static double error(float[] actual, float[] expected, double least) {
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
        return difference == 0 ? 0 : Math.sqrt(difference / Math.max(size, least * least * expected.length));
    }
}
