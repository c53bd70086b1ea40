package muflex.experiments.compare;

import java.util.List;
import java.util.function.Supplier;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.Device;
import muflex.engine.reference.NaiveAttention;
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
    private final Tensors tensors;
    private final Answer answer;
    private final Supplier<AttentionOp> compiler;
    private final Attempt forward = new Attempt();
    private final Attempt backward = new Attempt();
    private @Nullable AttentionOp op;
    private long compile;

    private Contender(
            String id, String description, AttentionSpec spec, Tensors tensors, Supplier<AttentionOp> compiler) {
        this.id = id;
        this.description = description;
        this.tensors = tensors;
        this.compiler = compiler;
        answer = new Answer(spec);
    }

    static Contender naive(AttentionSpec spec, Tensors tensors) {
        return new Contender(NAIVE, "plain loop, one thread", spec, tensors, () -> new NaiveAttention(spec));
    }

    static Contender of(Device device, AttentionSpec spec, Tensors tensors) {
        return new Contender(device.id(), device.description(), spec, tensors, () -> device.compile(spec));
    }

    String id() {
        return id;
    }

    String description() {
        return description;
    }

    /** Nanoseconds of building the operation. */
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
                attempt.first = run(direction);
            } catch (RuntimeException | LinkageError e) {
                attempt.failure = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            }
        }
    }

    private AttentionOp compiled() {
        AttentionOp compiled = op;
        if (compiled == null) {
            long start = System.nanoTime();
            compiled = compiler.get();
            compile = System.nanoTime() - start;
            op = compiled;
        }
        return compiled;
    }

    void check(Gold gold, Answer plain) {
        for (Direction direction : Direction.values()) {
            Attempt attempt = attempt(direction);
            if (attempt.failure == null) {
                attempt.accuracy = answer.check(direction, gold, plain, !(op instanceof PeerOp));
                attempt.complaint = Checks.complaint(attempt.accuracy);
            }
        }
    }

    /** One call; its time in nanoseconds. */
    long run(Direction direction) {
        AttentionOp compiled = compiled();
        long start = System.nanoTime();
        answer.run(direction, compiled, tensors);
        long wall = System.nanoTime() - start;
        return compiled instanceof PeerOp peer ? peer.computeNanos() : wall;
    }

    @Override
    public void close() {
        if (op != null) {
            op.close();
        }
    }
}
