package muflex.experiments.compare;

import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** What a mod costs: each on top of the causal mask, at one shape. */
public class ModBenchmark extends AttentionBenchmark {

    @Param({"causal", "alibi", "softcap", "relative", "example"})
    private String variant = "";

    @Param({"1x8x1024x64"})
    private String shape = "";

    @Param("cpu")
    private String device = "";

    @Setup
    public void prepare() {
        prepare(variant, shape, device);
    }
}
