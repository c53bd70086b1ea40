package muflex.experiments.compare;

import static org.assertj.core.api.Assertions.assertThat;

import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.MaskMods;
import muflex.engine.AttentionSpec;
import muflex.experiments.report.Row;
import org.junit.jupiter.api.Test;

class WorkCountTest {

    private final AttentionShape shape = new AttentionShape(2, 4, 2, 2048, 2048, 64, 32);

    @Test
    void withoutAMaskEveryElementCounts() {
        Row.Work work = WorkCount.of(AttentionSpec.of(shape), Direction.FORWARD);

        assertThat(work.liveElements()).isEqualTo(2 * 4 * 2048L * 2048);
        assertThat(work.flops()).isEqualTo(2 * 4 * 2048.0 * 2048 * (2 * 64 + 2 * 32));
        assertThat(work.sparsity()).isZero();
    }

    @Test
    void causalCountsTheTriangle() {
        Row.Work work = WorkCount.of(
                AttentionSpec.of(shape).withMask(BlockMask.create(MaskMods.causal(), 1, 1, 2048, 2048)),
                Direction.BACKWARD);

        assertThat(work.liveElements()).isEqualTo(2 * 4 * (2048L * 2049 / 2));
        assertThat(work.flops()).isEqualTo(2.0 * 4 * (2048L * 2049 / 2) * (6 * 64 + 4 * 32));
        assertThat(work.sparsity()).isEqualTo(46.875);
        assertThat(work.fullBlocks()).isEqualTo(120);
        assertThat(work.partialBlocks()).isEqualTo(16);
    }

    @Test
    void aMaskOfEveryHeadCountsEachHead() {
        BlockMask mask = BlockMask.create((b, h, q, kv) -> kv < 128 * (h + 1), 1, 4, 2048, 2048);

        Row.Work work = WorkCount.of(AttentionSpec.of(shape).withMask(mask), Direction.FORWARD);

        assertThat(work.liveElements()).isEqualTo(2L * 2048 * 128 * (1 + 2 + 3 + 4));
        assertThat(work.fullBlocks()).isEqualTo(16 * 2.5);
    }

    @Test
    void backwardIsTwoAndAHalfTimesForward() {
        assertThat(Direction.BACKWARD.flopsPerElement(64, 64))
                .isEqualTo(5 * Direction.FORWARD.flopsPerElement(64, 64) / 2);
    }
}
