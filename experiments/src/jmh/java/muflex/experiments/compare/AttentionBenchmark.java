package muflex.experiments.compare;

import java.util.concurrent.TimeUnit;
import muflex.engine.AttentionSpec;
import muflex.engine.Devices;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Attention on one device: plain and causal, and what a score mod costs on top of causal. The answer is checked against
 * float64 before anything is timed. {@code scripts/bench -p variant=causal,alibi -p shape=1x8x1024x64} is one question.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 2,
        jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
public class AttentionBenchmark {

    private static final long SEED = 1;

    @Param({"1x8x512x64", "1x8x1024x64", "1x8x2048x64", "1x16x1024x128", "4x8x1024x64"})
    private String shape = "";

    @Param({"noop", "causal", "alibi", "softcap"})
    private String variant = "";

    @Param("cpu")
    private String device = "";

    @SuppressWarnings("NullAway.Init") // JMH calls prepare() first
    private Contender contender;

    /** Compiles, and compares the first head with float64. */
    @Setup(Level.Trial)
    public void prepare() {
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

    @TearDown(Level.Trial)
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
