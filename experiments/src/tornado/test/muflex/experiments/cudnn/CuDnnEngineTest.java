package muflex.experiments.cudnn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.MaskMods;
import muflex.attention.Precision;
import muflex.engine.AttentionSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What cuDNN needs and takes; its answers need an NVIDIA GPU, and are checked where it is timed. */
class CuDnnEngineTest {
    private static final AttentionShape SHAPE = AttentionShape.of(1, 2, 20, 16);
    private static final AttentionSpec HALF = AttentionSpec.of(SHAPE).withPrecision(Precision.HALF);

    @Test
    void saysWhatIsMissing(@TempDir Path folder) throws Exception {
        assertThat(CuDnnEngine.missing(false, "")).contains("module tornado.cudnn");
        assertThat(CuDnnEngine.missing(true, "/none:" + folder))
                .startsWith("cuDNN: expected ")
                .contains("/none:" + folder + ", got none; ");
        Files.createFile(folder.resolve(System.mapLibraryName("tornado-cudnn")));
        assertThat(CuDnnEngine.missing(true, "/none:" + folder)).isNull();
    }

    @Test
    void takesWholeAndCausalAttention() {
        assertThat(CuDnnDevice.causal("cudnn:0", HALF)).isFalse();
        assertThat(CuDnnDevice.causal("cudnn:0", masked(SHAPE))).isTrue();
    }

    private static AttentionSpec masked(AttentionShape shape) {
        return AttentionSpec.of(shape)
                .withPrecision(Precision.HALF)
                .withMask(BlockMask.create(MaskMods.causal(), 1, 1, shape.queryLength(), shape.kvLength()));
    }

    @Test
    void refusesWhatTheTaskHasNoArgumentFor() {
        refuses(AttentionSpec.of(SHAPE), "precision: expected half on cudnn:0, got single");
        refuses(HALF.withShape(new AttentionShape(1, 4, 2, 20, 20, 16, 16)), "got 4 and 2 heads of 16 and 16");
        refuses(HALF.withShape(new AttentionShape(1, 2, 2, 20, 20, 16, 8)), "got 2 and 2 heads of 16 and 8");
        refuses(HALF.withShape(AttentionShape.of(1, 2, 20, 20)), "a multiple of 8, at most 256, on cudnn:0, got 20");
        refuses(masked(new AttentionShape(1, 2, 2, 20, 40, 16, 16)), "mask: expected none, or the causal one");
        refuses(HALF.withScoreMod((score, b, h, q, kv) -> 2 * score), "without a score mod");
    }

    private static void refuses(AttentionSpec spec, String message) {
        assertThatThrownBy(() -> CuDnnDevice.causal("cudnn:0", spec))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }
}
