package muflex.experiments.compare;

import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Supplier;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.Device;
import muflex.engine.DeviceTimes;
import muflex.engine.reference.NaiveAttention;
import muflex.experiments.report.Failures;
import muflex.experiments.report.Row;
import org.jspecify.annotations.Nullable;

/** Something that runs one case: a device's compiled operation, or the plain loop. */
final class Contender implements AutoCloseable {

    /** How one direction went. */
    static final class Attempt {
        private long first;
        private List<Row.Accuracy> accuracy = List.of();
        private @Nullable String complaint;
        private @Nullable Throwable failure;
        private Row.@Nullable Timing timing;
        private @Nullable DeviceTimes onDevice;
        private double joules;
        private int calls;

        long first() {
            return first;
        }

        List<Row.Accuracy> accuracy() {
            return accuracy;
        }

        Row.@Nullable Timing timing() {
            return timing;
        }

        void failed(Throwable cause) {
            failure = cause;
        }

        void timed(Row.Timing newTiming) {
            timing = newTiming;
        }

        /** One call's time on the device; null where the engine does not tell. */
        Row.@Nullable Phases phases() {
            DeviceTimes sum = onDevice;
            return sum == null
                    ? null
                    : new Row.Phases(
                            (double) sum.copyIn() / calls,
                            (double) sum.kernel() / calls,
                            (double) sum.copyOut() / calls);
        }

        /** One call's energy; null where the device counts none. */
        @Nullable
        Double joules() {
            return calls == 0 || !(joules > 0) ? null : (Double) (joules / calls);
        }

        private void count(@Nullable DeviceTimes times, double spent) {
            onDevice = times == null || onDevice == null ? times : onDevice.plus(times);
            joules += spent;
            calls++;
        }

        Row.Status status() {
            return failure != null ? Row.Status.ERROR : complaint != null ? Row.Status.INACCURATE : Row.Status.OK;
        }

        @Nullable
        String message() {
            return failure != null ? Failures.message(failure) : complaint;
        }

        @Nullable
        String stackTrace() {
            return failure == null ? null : Failures.stackTrace(failure);
        }
    }

    static final String NAIVE = "naive";

    private final String id;
    private final String description;
    private final Tensors tensors;
    private final Answer answer;
    private final Supplier<AttentionOp> compiler;
    private final Supplier<OptionalDouble> energy;
    private final Attempt forward = new Attempt();
    private final Attempt backward = new Attempt();
    private @Nullable AttentionOp op;
    private long compile;

    private Contender(
            String id,
            String description,
            AttentionSpec spec,
            Tensors tensors,
            Supplier<AttentionOp> compiler,
            Supplier<OptionalDouble> energy) {
        this.id = id;
        this.description = description;
        this.tensors = tensors;
        this.compiler = compiler;
        this.energy = energy;
        answer = new Answer(spec);
    }

    static Contender naive(AttentionSpec spec, Tensors tensors) {
        return new Contender(
                NAIVE, "plain loop, one thread", spec, tensors, () -> new NaiveAttention(spec), OptionalDouble::empty);
    }

    static Contender of(Device device, AttentionSpec spec, Tensors tensors) {
        return new Contender(
                device.id(), device.description(), spec, tensors, () -> device.compile(spec), device::energyJoules);
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

    /** Whether it takes part in this direction; known once it was attempted. */
    boolean has(Direction direction) {
        return direction == Direction.FORWARD || !(op instanceof PeerOp peer) || peer.hasGradients();
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
            if (!has(direction)) {
                continue;
            }
            try {
                attempt.first = run(direction);
            } catch (RuntimeException | LinkageError e) {
                attempt.failure = e;
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
            if (attempt.failure == null && has(direction)) {
                attempt.accuracy = answer.check(direction, gold, plain, !(op instanceof PeerOp));
                attempt.complaint = Checks.complaint(attempt.accuracy);
            }
        }
    }

    /** Its turn at the stopwatch. */
    Stopwatch.Turn turn(Direction direction) {
        return new Stopwatch.Turn() {
            @Override
            public long run() {
                return Contender.this.run(direction);
            }

            @Override
            public long sample() {
                return Contender.this.sample(direction);
            }

            @Override
            public void settle() {
                if (op instanceof PeerOp peer) {
                    peer.settle();
                }
            }
        };
    }

    /** One call that counts: its time in nanoseconds; the device's own times and energy are kept. */
    private long sample(Direction direction) {
        AttentionOp compiled = compiled();
        compiled.takeTimes();
        OptionalDouble before = energy.get();
        long nanos = run(direction);
        OptionalDouble after = energy.get();
        double joules = before.isPresent() && after.isPresent() ? after.getAsDouble() - before.getAsDouble() : 0;
        // A counter that started again at 0 tells nothing about this call.
        attempt(direction).count(compiled.takeTimes(), Math.max(0, joules));
        return nanos;
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
