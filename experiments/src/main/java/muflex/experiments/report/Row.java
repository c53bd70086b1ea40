package muflex.experiments.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One result: one case on one device, with everything needed to read it on its own and to run it again. Schema 1;
 * {@code docs/rows.md} describes it field by field.
 *
 * @param schema {@link #SCHEMA}
 * @param experiment the command that measured it: {@code compare}
 * @param started when the case began, ISO 8601 in UTC
 * @param message one line if {@code status} is not {@link Status#OK}
 * @param axes what identifies the case among its siblings, in order: variant, shape, kvHeads, dtype, device, direction
 * @param deviceDescription one line from the device
 * @param accuracy each checked tensor's error; empty if nothing was computed
 * @param timing null unless the answer was right
 * @param work what is computed; null if the case could not be set up
 * @param rates null unless it was timed
 * @param command a command line that measures this row again
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Row(
        int schema,
        String experiment,
        String started,
        Status status,
        @Nullable String message,
        Map<String, String> axes,
        String deviceDescription,
        List<Accuracy> accuracy,
        @Nullable Timing timing,
        @Nullable Work work,
        @Nullable Rates rates,
        Environment environment,
        Git git,
        long seed,
        String command) {

    public static final int SCHEMA = 1;

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
     * @param warmups calls before the first sample
     * @param compile building the operation
     * @param first the first call
     */
    public record Timing(
            List<Long> samples,
            double median,
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
     * @param elements scores of the whole matrix, over batch and query heads
     * @param liveElements scores that the mask keeps
     * @param flops floating-point operations on live elements only
     * @param blockSize queries and keys of a mask's block, as {@code 128x128}
     * @param fullBlocks blocks without a masked element, of one batch and head on average
     * @param sparsity percent of blocks that are skipped
     */
    public record Work(
            long elements,
            long liveElements,
            double flops,
            String blockSize,
            double fullBlocks,
            double partialBlocks,
            double sparsity) {}

    /**
     * @param gflops 10⁹ floating-point operations on live elements a second
     * @param speedup the median of {@code against} over this median; null if there is no such time
     * @param against a device of the same case, or {@code naive}
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Rates(
            double gflops,
            @Nullable Double speedup,
            @Nullable String against) {}

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
