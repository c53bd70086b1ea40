package muflex.experiments.compare;

import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** Short sequences, where a call's fixed costs show. */
public class ShortBenchmark extends AttentionBenchmark {

    @Param({"causal"})
    private String variant = "";

    @Param({"1x8x16x64", "1x8x64x64", "32x8x64x64"})
    private String shape = "";

    @Param("cpu")
    private String device = "";

    @Setup
    public void prepare() {
        prepare(variant, shape, device);
    }
}
