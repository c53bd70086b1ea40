package muflex.attention;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Masks at a length where all elements would be 2³⁴: 16 GiB, one byte each. */
class BlockMaskScaleTest {

    private static final int LENGTH = 131_072;
    private static final int BLOCKS = LENGTH / 128;

    @Test
    void causal() {
        BlockMask mask = measured(MaskMods.causal(), 1);
        assertThat(mask.partialBlocks(0, 0)).isEqualTo(BLOCKS);
        assertThat(mask.fullBlocks(0, 0)).isEqualTo(BLOCKS * (BLOCKS - 1) / 2);
    }

    @Test
    void slidingWindow() {
        BlockMask mask = measured(MaskMods.slidingWindow(4096), 1);
        // The diagonal, and the block that the window's far end cuts.
        assertThat(mask.partialBlocks(0, 0)).isEqualTo(BLOCKS + BLOCKS - 32);
        assertThat(mask.fullBlocks(0, 0)).isEqualTo(31 * BLOCKS - 31 * 32 / 2);
    }

    @ParameterizedTest
    @ValueSource(ints = {12, 1000})
    void documents(int count) {
        int[] ids = Masks.documents(LENGTH, count, count);
        BlockMask mask = measured(MaskMods.document(ids), 1);
        int partial = 0;
        int full = 0;
        for (int qb = 0; qb < BLOCKS; qb++) {
            for (int kvb = 0; kvb < BLOCKS; kvb++) {
                int firstQuery = ids[qb * 128];
                int lastQuery = ids[qb * 128 + 127];
                int firstKv = ids[kvb * 128];
                int lastKv = ids[kvb * 128 + 127];
                boolean disjoint = lastQuery < firstKv || lastKv < firstQuery;
                boolean same = firstQuery == lastKv && firstKv == lastQuery;
                full += same ? 1 : 0;
                partial += disjoint || same ? 0 : 1;
            }
        }
        assertThat(mask.partialBlocks(0, 0)).isEqualTo(partial);
        assertThat(mask.fullBlocks(0, 0)).isEqualTo(full);
    }

    @Test
    void causalDocumentsForManyHeadsAreKeptOnce() {
        int[] ids = Masks.documents(LENGTH, 12, 5);
        BlockMask mask = measured(MaskMods.document(ids).and(MaskMods.causal()), 32);
        assertThat(mask.heads()).isEqualTo(32);
        assertThat(mask.partialBlocks(0, 31)).isEqualTo(mask.partialBlocks(0, 0));
    }

    /** Makes the mask, and holds what that allocated, garbage included, to 100 MB. */
    private static BlockMask measured(MaskMod mask, int heads) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getTotalThreadAllocatedBytes();
        BlockMask result = BlockMask.create(mask, 1, heads, LENGTH, LENGTH);
        assertThat(threads.getTotalThreadAllocatedBytes() - before).isLessThan(100_000_000);
        return result;
    }
}
