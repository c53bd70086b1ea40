package muflex.experiments.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One result: one case on one device, with everything needed to read it on its own and to run it again. Schema 2;
 * {@code docs/rows.md} describes it field by field.
 *
 * @param schema {@link #SCHEMA}
 * @param experiment what measured it: {@code compare}, {@code train}, {@code jmh}, or speed
 * @param started when the case began, ISO 8601 in UTC
 * @param message one line if {@code status} is not {@link Status#OK}
 * @param stackTrace where a failure came from; null unless the status is {@link Status#ERROR}
 * @param axes what identifies the case among its siblings, in order; of {@code compare}: variant, shape, kvHeads, dtype,
 *     device, direction, and block where it was chosen
 * @param deviceDescription one line from the device
 * @param driver the driver that the device is reached through; null where there is none
 * @param accuracy each checked tensor's error; empty if nothing was computed
 * @param timing null unless the answer was right; of {@code train}, steps
 * @param phases one call's time on the device; null where the engine does not tell
 * @param work what is computed; null if the case could not be set up
 * @param rates null unless it was timed
 * @param ceilings what the device can do at most; null unless measured
 * @param training of {@code train} only
 * @param memory of {@code costs} only
 * @param sweep which case of which sweep this is; null outside of one
 * @param command a command line that measures this row again
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Row(
        int schema,
        String experiment,
        String started,
        Status status,
        @Nullable String message,
        @Nullable String stackTrace,
        Map<String, String> axes,
        String deviceDescription,
        @Nullable String driver,
        List<Accuracy> accuracy,
        @Nullable Timing timing,
        @Nullable Phases phases,
        @Nullable Work work,
        @Nullable Rates rates,
        @Nullable Ceilings ceilings,
        @Nullable Training training,
        @Nullable Memory memory,
        Environment environment,
        Git git,
        long seed,
        String command,
        @Nullable SweepCase sweep) {

    public static final int SCHEMA = 2;

    /** Whether the row may be believed. */
    public enum Status {
        /** The answer was within its error budget, and was then timed. */
        @JsonProperty("ok")
        OK,
        /** The answer was outside its error budget; it was not timed. */
        @JsonProperty("inaccurate")
        INACCURATE,
        /** It did not finish. */
        @JsonProperty("error")
        ERROR
    }

    /**
     * One tensor against its float64 value.
     *
     * @param tensor {@code out}, {@code lse}, {@code dq}, {@code dk}, {@code dv} or {@code dcaptured}
     * @param meanError mean |error|; null if it is not a finite number
     * @param maxError largest |error|; null if it is not a finite number
     * @param plainMeanError mean |error| of the plain float32 loop on the same input
     * @param budget what {@code meanError} may be at most
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Accuracy(
            String tensor,
            @Nullable Double meanError,
            @Nullable Double maxError,
            double plainMeanError,
            double budget) {

        public boolean within() {
            return meanError != null && meanError <= budget;
        }
    }

    /**
     * Times in nanoseconds.
     *
     * @param samples every sample, in the order taken
     * @param lowerBound and {@code upperBound}: a confidence interval of the median at 95 %, from order statistics; null
     *     with fewer than six samples
     * @param warmups calls before the first sample
     * @param compile building the operation
     * @param first the first call
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Timing(
            List<Long> samples,
            double median,
            @Nullable Long lowerBound,
            @Nullable Long upperBound,
            double lowerQuartile,
            double upperQuartile,
            long min,
            int warmups,
            long compile,
            long first) {

        public static Timing of(Samples samples, int warmups, long compile, long first) {
            return new Timing(
                    samples.list(),
                    samples.median(),
                    samples.lowerBound(),
                    samples.upperBound(),
                    samples.lowerQuartile(),
                    samples.upperQuartile(),
                    samples.min(),
                    warmups,
                    compile,
                    first);
        }

        /** Half the distance between the quartiles, as a share of the median. */
        public double spread() {
            return median == 0 ? 0 : (upperQuartile - lowerQuartile) / (2 * median);
        }
    }

    /**
     * Where one call's time went, in nanoseconds on the device's clock: means over the timed calls.
     *
     * @param copyIn from the Java heap to the device
     * @param kernel all kernels
     * @param copyOut from the device to the Java heap
     */
    public record Phases(double copyIn, double kernel, double copyOut) {}

    /**
     * @param elements scores of the whole matrix, over batch and query heads
     * @param liveElements scores that the mask keeps
     * @param flops floating-point operations on live elements only
     * @param bytes what must be read and written at least: every input and output once
     * @param blockSize queries and keys of a mask's block, as {@code 128x128}
     * @param fullBlocks blocks without a masked element, of one batch and head on average
     * @param sparsity percent of blocks that are skipped
     */
    public record Work(
            long elements,
            long liveElements,
            double flops,
            double bytes,
            String blockSize,
            double fullBlocks,
            double partialBlocks,
            double sparsity) {}

    /**
     * @param gflops 10⁹ floating-point operations on live elements a second
     * @param gigabytes 10⁹ bytes of {@link Work#bytes} a second
     * @param joules energy of one call as the device counts it; null where it does not
     * @param speedup the median of {@code against} over this median; null if there is no such time
     * @param against a device of the same case, or {@code naive}
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Rates(
            double gflops,
            double gigabytes,
            @Nullable Double joules,
            @Nullable Double speedup,
            @Nullable String against) {}

    /**
     * The device's ceilings, measured in the same process.
     *
     * @param gflops 10⁹ float32 operations a second
     * @param gigabytes 10⁹ bytes a second of the device's memory
     */
    public record Ceilings(double gflops, double gigabytes) {}

    /**
     * What a training run came to; losses in nats a byte.
     *
     * @param steps updates taken
     * @param trainLoss mean since the validation before; null where it ended at once
     * @param validationLoss on held-out files; null if the loss stopped being a number
     * @param diverged whether it did
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Training(
            long steps,
            long parameters,
            @Nullable Double trainLoss,
            @Nullable Double validationLoss,
            double unigram,
            double bigram,
            double trigram,
            @Nullable Double tokensPerSecond,
            boolean diverged) {}

    /**
     * Bytes of the Java heap.
     *
     * @param held while it is in use, its results among them
     * @param allocated by a call, on all threads
     */
    public record Memory(long held, long allocated) {}

    /**
     * @param name the sweep's
     * @param index the case's number in its plan, from 0
     * @param attempt 1 for the first
     */
    public record SweepCase(String name, int index, int attempt) {}

    /** This row as part of a sweep. */
    public Row of(SweepCase part) {
        return copy(axes, part);
    }

    /** This row with another value on one axis. */
    public Row withAxis(String name, String value) {
        Map<String, String> changed = new LinkedHashMap<>(axes);
        changed.put(name, value);
        return copy(changed, sweep);
    }

    private Row copy(Map<String, String> newAxes, @Nullable SweepCase newSweep) {
        return new Row(
                schema,
                experiment,
                started,
                status,
                message,
                stackTrace,
                newAxes,
                deviceDescription,
                driver,
                accuracy,
                timing,
                phases,
                work,
                rates,
                ceilings,
                training,
                memory,
                environment,
                git,
                seed,
                command,
                newSweep);
    }

    /** What the speed-ups of {@code rows} are over; {@code naive} if none has one. */
    public static String against(List<Row> rows) {
        return rows.stream()
                .map(Row::rates)
                .map(rates -> rates == null ? null : rates.against())
                .filter(Objects::nonNull)
                .findFirst()
                .orElse("naive");
    }

    /** One axis' value; empty if this experiment has no such axis. */
    public String axis(String name) {
        return axes.getOrDefault(name, "");
    }
}
