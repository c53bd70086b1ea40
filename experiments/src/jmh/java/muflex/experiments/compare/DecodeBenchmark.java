package muflex.experiments.compare;

import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** One new query on a cache of keys, as in generation; grouped heads too. */
public class DecodeBenchmark extends AttentionBenchmark {

    @Param({"noop"})
    private String variant = "";

    @Param({"1x8x1:1024x64", "1x8x1:8192x64", "1x8:2x1:8192x64"})
    private String shape = "";

    @Param("cpu")
    private String device = "";

    @Setup
    public void prepare() {
        prepare(variant, shape, device);
    }
}
