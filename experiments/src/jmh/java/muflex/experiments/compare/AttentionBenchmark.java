package muflex.experiments.compare;

import java.util.concurrent.TimeUnit;
import muflex.engine.AttentionSpec;
import muflex.engine.Devices;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** One attention operation: its answer is checked against float64 before anything is timed. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 2,
        jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
public abstract class AttentionBenchmark {

    private static final long SEED = 1;

    @SuppressWarnings("NullAway.Init") // subclasses call prepare() before a benchmark
    private Contender contender;

    /** Compiles, and compares the first head with float64. */
    void prepare(String variant, String shape, String device) {
        AttentionSpec spec = Variants.byName(Variants.ALL, variant).at(ShapeText.parse(shape), SEED);
        Tensors tensors = Tensors.random(spec.shape(), SEED);
        contender = Contender.of(Devices.byId(device), spec, tensors);
        contender.attempt();
        Part part = Part.of(spec, tensors, 1);
        Contender plain = Contender.naive(part.spec(), part.tensors());
        plain.attempt();
        contender.check(Gold.of(part.spec(), part.tensors()), plain.answer());
        for (Direction direction : Direction.values()) {
            String message = contender.attempt(direction).message();
            if (message != null) {
                throw new IllegalStateException(message);
            }
        }
    }

    @TearDown
    public void close() {
        contender.close();
    }

    /** The output; returned so that nothing is left out. */
    @Benchmark
    public long forward() {
        return contender.run(Direction.FORWARD);
    }

    /** The gradients, given the output. */
    @Benchmark
    public long backward() {
        return contender.run(Direction.BACKWARD);
    }
}
