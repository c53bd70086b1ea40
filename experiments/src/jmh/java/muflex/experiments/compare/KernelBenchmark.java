package muflex.experiments.compare;

import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** The kernels themselves, over lengths and head dims: no mod, and the causal mask. */
public class KernelBenchmark extends AttentionBenchmark {

    @Param({"noop", "causal"})
    private String variant = "";

    @Param({"1x8x512x64", "1x8x1024x64", "1x8x2048x64", "1x16x1024x128", "4x8x1024x64"})
    private String shape = "";

    @Param("cpu")
    private String device = "";

    @Setup
    public void prepare() {
        prepare(variant, shape, device);
    }
}
