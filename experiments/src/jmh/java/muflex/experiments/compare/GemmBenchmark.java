package muflex.experiments.compare;

import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import muflex.engine.Devices;
import muflex.engine.Program;
import muflex.engine.Storage;
import muflex.graph.Axis;
import muflex.graph.Graph;
import muflex.graph.Shape;
import muflex.graph.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** One matrix product, rows x inner x columns, as graphs compile it; single elements are checked in float64 first. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 2,
        jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
public class GemmBenchmark {

    private static final int CHECKED = 100;

    @Param({"128x128x128", "2048x128x512", "1024x1024x1024"})
    private String sizes = "";

    @Param("cpu")
    private String device = "";

    @SuppressWarnings("NullAway.Init") // JMH calls prepare() first
    private Program program;

    @Setup
    public void prepare() {
        String[] parts = sizes.split("x");
        int rows = Integer.parseInt(parts[0]);
        int inner = Integer.parseInt(parts[1]);
        int columns = Integer.parseInt(parts[2]);
        Graph graph = new Graph();
        Tensor a = graph.input("a", Shape.of(new Axis("rows", rows), new Axis("inner", inner)));
        Tensor b = graph.input("b", Shape.of(new Axis("inner", inner), new Axis("columns", columns)));
        Tensor product = graph.matmul(a, b);
        program = Devices.byId(device).compile(graph, List.of(product), new Storage());
        Random random = new Random(1);
        fill(program.floats(a), random);
        fill(program.floats(b), random);
        program.run();
        for (int i = 0; i < CHECKED; i++) {
            int row = random.nextInt(rows);
            int column = random.nextInt(columns);
            double sum = 0;
            for (int k = 0; k < inner; k++) {
                sum += (double) program.floats(a)[row * inner + k] * program.floats(b)[k * columns + column];
            }
            float got = program.floats(product)[row * columns + column];
            if (!(Math.abs(got - sum) <= 1e-5 * inner)) {
                throw new IllegalStateException(
                        "product at " + row + ", " + column + ": expected " + sum + ", got " + got);
            }
        }
    }

    private static void fill(float[] values, Random random) {
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextFloat(-1, 1);
        }
    }

    @Benchmark
    public void multiply() {
        program.run();
    }

    @TearDown
    public void close() {
        program.close();
    }
}
