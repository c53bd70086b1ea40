package muflex.experiments.compare;

import java.util.concurrent.TimeUnit;
import muflex.attention.BlockMask;
import muflex.attention.MaskMod;
import muflex.attention.MaskMods;
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
import org.openjdk.jmh.annotations.Warmup;

/** Making a block mask, by interval analysis; each is checked against its mod at single positions first. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class BlockMaskBenchmark {

    private static final int CHECKED = 10_000;

    @Param({"causal", "window", "document"})
    private String mask = "";

    @Param({"2048", "16384"})
    private int length;

    @SuppressWarnings("NullAway.Init") // JMH calls prepare() first
    private MaskMod mod;

    @Setup
    public void prepare() {
        mod = switch (mask) {
            case "causal" -> MaskMods.causal();
            case "window" -> MaskMods.slidingWindow(length / 8);
            case "document" -> MaskMods.document(documents()).and(MaskMods.causal());
            default -> throw new IllegalArgumentException(mask);
        };
        BlockMask made = create();
        java.util.Random random = new java.util.Random(1);
        for (int i = 0; i < CHECKED; i++) {
            int q = random.nextInt(length);
            int kv = random.nextInt(length);
            if (made.allows(0, 0, q, kv) != mod.test(0, 0, q, kv)) {
                throw new IllegalStateException(mask + " is wrong at query " + q + ", key " + kv);
            }
        }
    }

    /** Documents of 300 tokens. */
    private int[] documents() {
        int[] ids = new int[length];
        for (int i = 0; i < length; i++) {
            ids[i] = i / 300;
        }
        return ids;
    }

    @Benchmark
    public BlockMask create() {
        return BlockMask.create(mod, 1, 1, length, length);
    }
}
