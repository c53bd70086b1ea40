package muflex.experiments.speed;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import muflex.engine.AttentionOp;
import muflex.engine.DeviceTimes;
import muflex.experiments.compare.Direction;
import muflex.experiments.report.Samples;
import org.jspecify.annotations.Nullable;

/** A compiled case whose first answers were right, and what its calls took since. Times in milliseconds. */
final class CheckedCase implements AutoCloseable {
    /** A sample of kernels is so many calls that it takes about so long. */
    private static final long SAMPLE_NANOS = 5_000_000;

    private static final int MOST_CALLS = 100;

    /** One direction's call, how far its first answers were off, and its samples; of kernels NaN where they are not timed. */
    private record Timed(Runnable call, RowCheck.Errors errors, List<Double> walls, List<Double> kernels) {}

    private final AttentionOp op;
    private final Map<Direction, Timed> calls = new EnumMap<>(Direction.class);

    CheckedCase(AttentionOp op) {
        this.op = op;
    }

    AttentionOp op() {
        return op;
    }

    void add(Direction direction, Runnable call, RowCheck.Errors errors) {
        calls.put(direction, new Timed(call, errors, new ArrayList<>(), new ArrayList<>()));
    }

    /** Those that were checked, forward first. */
    List<Direction> directions() {
        return List.copyOf(calls.keySet());
    }

    private Timed timed(Direction direction) {
        return Objects.requireNonNull(calls.get(direction), direction::toString);
    }

    RowCheck.Errors errors(Direction direction) {
        return timed(direction).errors();
    }

    /** Calls once more, and the kernels alone. */
    void sample(Direction direction) {
        Timed timed = timed(direction);
        long start = System.nanoTime();
        timed.call().run();
        timed.walls().add((System.nanoTime() - start) / 1e6);
        timed.kernels().add(kernels(direction == Direction.BACKWARD));
    }

    /**
     * The kernels of a call, where many follow one another; NaN if the device does not time them. Right behind copies caches would be
     * cold and the clock low, which in a model's step they are not.
     */
    private double kernels(boolean backward) {
        DeviceTimes first = op.repeat(backward, 1);
        if (first == null) {
            return Double.NaN;
        }
        int calls = Math.clamp(SAMPLE_NANOS / Math.max(1, first.kernel()), 1, MOST_CALLS);
        if (calls > 1) {
            op.repeat(backward, calls);
        }
        DeviceTimes times = op.repeat(backward, calls);
        return times == null ? Double.NaN : times.kernel() / 1e6 / calls;
    }

    /** The median of whole calls. */
    double wall(Direction direction) {
        return median(timed(direction).walls());
    }

    /** The median of kernels alone; null where one was not timed. */
    @Nullable
    Double kernel(Direction direction) {
        List<Double> kernels = timed(direction).kernels();
        return kernels.stream().anyMatch(kernel -> kernel.isNaN()) ? null : (Double) median(kernels);
    }

    /** The median of kernels, or of whole calls where kernels are not timed. */
    double millis(Direction direction) {
        Double kernel = kernel(direction);
        return kernel == null ? wall(direction) : kernel;
    }

    private static double median(List<Double> values) {
        return Samples.median(values.stream().mapToDouble(Double::doubleValue).toArray());
    }

    @Override
    public void close() {
        op.close();
    }
}
