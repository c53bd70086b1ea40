package muflex.experiments.compare;

import java.util.List;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.Device;
import muflex.experiments.report.Row;
import org.jspecify.annotations.Nullable;

/** Something that runs one case: a device's compiled operation, or the plain loop. */
final class Contender implements AutoCloseable {

    /** How one direction went. */
    static final class Attempt {
        private long first;
        private List<Row.Accuracy> accuracy = List.of();
        private @Nullable String complaint;
        private @Nullable String failure;
        private Row.@Nullable Timing timing;

        long first() {
            return first;
        }

        List<Row.Accuracy> accuracy() {
            return accuracy;
        }

        Row.@Nullable Timing timing() {
            return timing;
        }

        void timed(Row.Timing newTiming) {
            timing = newTiming;
        }

        Row.Status status() {
            return failure != null ? Row.Status.ERROR : complaint != null ? Row.Status.INACCURATE : Row.Status.OK;
        }

        @Nullable
        String message() {
            return failure != null ? failure : complaint;
        }
    }

    static final String NAIVE = "naive";

    private final String id;
    private final String description;
    private final Setup setup;
    private final Tensors tensors;
    private final Answer answer;
    private final @Nullable Device device;
    private final NaiveAttention naive;
    private final Attempt forward = new Attempt();
    private final Attempt backward = new Attempt();
    private @Nullable AttentionOp op;
    private long compile;

    private Contender(String id, String description, Setup setup, Tensors tensors, @Nullable Device device) {
        this.id = id;
        this.description = description;
        this.setup = setup;
        this.tensors = tensors;
        this.device = device;
        answer = new Answer(setup);
        naive = new NaiveAttention(setup);
    }

    static Contender naive(Setup setup, Tensors tensors) {
        return new Contender(NAIVE, "plain loop, one thread, float32", setup, tensors, null);
    }

    static Contender of(Device device, Setup setup, Tensors tensors) {
        return new Contender(device.id(), device.description(), setup, tensors, device);
    }

    String id() {
        return id;
    }

    boolean isNaive() {
        return device == null;
    }

    String description() {
        return description;
    }

    /** Nanoseconds of building the operation; 0 for the plain loop. */
    long compileNanos() {
        return compile;
    }

    Answer answer() {
        return answer;
    }

    Attempt attempt(Direction direction) {
        return direction == Direction.FORWARD ? forward : backward;
    }

    /** Builds the operation and calls it once in each direction; what it throws is kept as the attempt's failure. */
    void attempt() {
        for (Direction direction : Direction.values()) {
            Attempt attempt = attempt(direction);
            try {
                compileOnce();
                long start = System.nanoTime();
                run(direction);
                attempt.first = System.nanoTime() - start;
            } catch (RuntimeException | LinkageError e) {
                attempt.failure = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            }
        }
    }

    private void compileOnce() {
        if (device == null || op != null) {
            return;
        }
        long start = System.nanoTime();
        AttentionSpec spec =
                AttentionSpec.of(setup.shape()).withScoreMod(setup.mod()).withMask(setup.mask());
        float[] learned = setup.learned();
        op = device.compile(learned == null ? spec : spec.withLearnable(List.of(learned)));
        compile = System.nanoTime() - start;
    }

    void check(Answer expected, Answer plain) {
        for (Direction direction : Direction.values()) {
            Attempt attempt = attempt(direction);
            if (attempt.failure == null) {
                attempt.accuracy = answer.check(direction, expected, plain);
                attempt.complaint = Checks.complaint(attempt.accuracy);
            }
        }
    }

    /** The first thing that went wrong, or null. */
    @Nullable
    String failure() {
        for (Attempt attempt : List.of(forward, backward)) {
            if (attempt.failure != null) {
                return attempt.failure;
            }
        }
        return null;
    }

    /** One call. */
    void run(Direction direction) {
        AttentionOp compiled = op;
        if (compiled == null) {
            answer.run(direction, naive, tensors);
        } else {
            answer.run(direction, compiled, tensors);
        }
    }

    @Override
    public void close() {
        if (op != null) {
            op.close();
        }
    }
}
