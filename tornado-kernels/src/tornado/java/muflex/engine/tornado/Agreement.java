package muflex.engine.tornado;

import java.util.function.Supplier;
import muflex.attention.Precision;

/**
 * Whether two devices' answers are the same but for rounding. The criterion, with norms over all numbers compared:
 *
 * <pre>‖actual − expected‖ ≤ max(limit · max(‖expected‖, rounded), 2⁻²⁰ · floats)</pre>
 *
 * <p>{@code limit} and {@code rounded}: with the same operands, already rounded, what is left of 16 bits is that weights and the
 * scores' gradients are rounded once before they are summed. With {@code u} the unit roundoff (half 2⁻¹¹, bfloat16 2⁻⁸) each term is
 * off by at most {@code u} times itself, mostly by half of that and either way, so that the sum is off by about {@code u/2} times the
 * root of the sum of its terms' squares, {@code rounded}: about its own size where its terms are independent, more where they
 * cancel, as in dq where keys have a mean in common ({@link RoundingColumns}). By {@code HalfKernelsTest}'s kernels, on inputs that 16
 * bits hold exactly, out, dq, dk and dv are off by 0.2 to 0.49 u. {@code limit} is {@code 4u}, 0.2 % and 1.6 %. In single precision
 * sums of floats differ by some 1e-6, more with scores that are large: 1e-4.
 *
 * <p>{@code floats}: where a sum's terms cancel, as in the gradient of a query with one key, nothing is left but the rounding of floats,
 * 2⁻²⁴ times the size of the terms; 16 of these, since a term is a sum itself. All sides grow with the answers: the verdict does not
 * depend on the unit of a gradient.
 *
 * @param limit of a relative error
 * @param oracle the device whose answers are expected
 * @param kernels names the kernels and their sources, for the message of an answer that is wrong
 */
record Agreement(double limit, String oracle, Supplier<String> kernels) {
    /** What a result may be off by, as a part of the terms whose operands are rounded so: 16 roundings of floats, or 8 of 16 bits. */
    static double rounding(Precision precision) {
        return switch (precision) {
            case SINGLE -> 0x1p-20;
            case HALF -> 4 * 0x1p-11;
            case BFLOAT16 -> 4 * 0x1p-8;
        };
    }

    /** Of attention, where both have the same operands. */
    static Agreement of(Precision precision, String oracle, Supplier<String> kernels) {
        return new Agreement(precision == Precision.SINGLE ? 1e-4 : rounding(precision), oracle, kernels);
    }

    /**
     * Of whole graphs or kernels: one step of Adam has the sign of each gradient, and in a parameter that was 0 that shows where a
     * gradient is rounding. In 16 bits the operands of all products are rounded, the oracle's are not.
     */
    static Agreement ofPrograms(Precision products, String oracle, Supplier<String> kernels) {
        return new Agreement(products == Precision.SINGLE ? 1e-2 : 1e-1, oracle, kernels);
    }

    /** Without terms that cancel: relative, however small the numbers are. */
    void require(String what, float[] actual, float[] expected) {
        require(what, 0, actual, expected);
    }

    /**
     * What is allowed however small the results are.
     *
     * @param floats the size of the terms that floats round, at least the sums of their sizes, as a norm over all numbers compared
     * @param rounded that of the terms rounded to 16 bits, the roots of the sums of their squares; 0 where nothing is
     */
    double least(double floats, double rounded) {
        return Math.max(rounding(Precision.SINGLE) * floats, limit * rounded);
    }

    /**
     * @param least the difference that is allowed however small the results are, as a norm over all numbers compared
     * @throws IllegalStateException if they don't agree, or either has a NaN or an infinity that the other has not
     */
    void require(String what, double least, float[] actual, float[] expected) {
        require(what, error(actual, expected, least / limit), limit, "a relative error");
    }

    /**
     * Scores and their lse, each by itself: a relative error of a weight is an absolute one here. Of scores over 1000 the rounding of
     * floats is more than that.
     */
    void requireScores(String what, float[] actual, float[] expected) {
        double within = Math.max(limit, 1e-3);
        double worst = 0;
        for (int i = 0; i < expected.length; i++) {
            if (Float.compare(actual[i], expected[i]) != 0) {
                double allowed = Math.max(within, rounding(Precision.SINGLE) * Math.abs(expected[i]));
                double error = Math.abs((double) actual[i] - expected[i]) * within / allowed;
                worst = Double.isFinite(error) ? Math.max(worst, error) : Double.NaN;
            }
        }
        require(what, worst, within, "an error");
    }

    private void require(String what, double error, double within, String kind) {
        if (!(error <= within)) {
            throw new IllegalStateException(
                    "%s: expected what %s computes within %.0e, got %s of %.3g from %s; this is a fault of the kernel, TornadoVM or its driver: use another device, and report it with these files (muflex.verify=false turns this check off)"
                            .formatted(what, oracle, within, kind, error, kernels.get()));
        }
    }

    /** {@code ‖actual − expected‖ / ‖expected‖}, 0 where both are equal. */
    static double error(float[] actual, float[] expected) {
        return error(actual, expected, 0);
    }

    /** {@code ‖actual − expected‖ / max(‖expected‖, least)}, where {@code least} is no denormal. */
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
        double floor = Math.max(least, Float.MIN_NORMAL * Math.sqrt(expected.length));
        return difference == 0 ? 0 : Math.sqrt(difference) / Math.max(Math.sqrt(size), floor);
    }
}
