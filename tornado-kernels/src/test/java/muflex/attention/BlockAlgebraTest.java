package muflex.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BlockAlgebraTest {

    private static final int LENGTH = 61;

    private static BlockMask create(MaskMod mask) {
        return BlockMask.create(mask, 2, 3, LENGTH, LENGTH, 8, 16);
    }

    @Test
    void andAndOrAreThoseOfTheMasks() {
        List<Map.Entry<String, MaskMod>> masks = List.copyOf(Masks.all(LENGTH).entrySet());
        for (int i = 0; i < masks.size(); i++) {
            for (int j = i % 3; j < masks.size(); j += 3) {
                Map.Entry<String, MaskMod> a = masks.get(i);
                Map.Entry<String, MaskMod> b = masks.get(j);
                String names = a.getKey() + ", " + b.getKey();
                BlockMask left = create(a.getValue());
                BlockMask right = create(b.getValue());
                BlockMaskTest.assertBlocks(
                        "and: " + names, left.and(right), a.getValue().and(b.getValue()));
                BlockMaskTest.assertBlocks(
                        "or: " + names, left.or(right), a.getValue().or(b.getValue()));
            }
        }
    }

    @Test
    void combiningBroadcastsBatchAndHeads() {
        MaskMod byHead = (b, h, q, kv) -> q - kv < 4 * (h + 1);
        MaskMod byBatch = (b, h, q, kv) -> kv < 20 * (b + 1);
        BlockMask heads = BlockMask.create(byHead, 1, 3, LENGTH, LENGTH, 8, 16);
        BlockMask batches = BlockMask.create(byBatch, 2, 1, LENGTH, LENGTH, 8, 16);
        BlockMask both = heads.and(batches);
        assertThat(both.batch()).isEqualTo(2);
        assertThat(both.heads()).isEqualTo(3);
        BlockMaskTest.assertBlocks("both", both, byHead.and(byBatch));
    }

    @ParameterizedTest
    @CsvSource({"61, 61", "60, 50", "64, 64", "48, 32", "1, 1", "17, 61", "61, 3"})
    void adjustIsCreationAtThatLength(int queryLength, int kvLength) {
        int query = Math.min(queryLength, LENGTH);
        int kv = Math.min(kvLength, LENGTH);
        Masks.all(LENGTH).forEach((name, mask) -> {
            BlockMask adjusted = create(mask).adjust(query, kv);
            assertThat(adjusted.queryLength()).isEqualTo(query);
            BlockMaskTest.assertBlocks(name, adjusted, mask);
        });
    }

    @Test
    void slicesCountFromZero() {
        Masks.all(LENGTH).forEach((name, mask) -> {
            BlockMask slice = create(mask).slice(1, 2, 1, 3, 2, 8);
            assertThat(slice.batch()).isEqualTo(1);
            assertThat(slice.heads()).isEqualTo(2);
            assertThat(slice.queryLength()).isEqualTo(LENGTH - 16);
            MaskMod shifted = (b, h, q, kv) -> mask.test(1, h + 1, q + 16, kv);
            BlockMaskTest.assertBlocks(name, slice, shifted);
            for (int q = 0; q < slice.queryLength(); q++) {
                assertThat(slice.allows(5, 1, q, 40)).as(name).isEqualTo(mask.test(1, 2, q + 16, 40));
            }
        });
    }

    @Test
    void masksOfOtherSizesDontCombine() {
        BlockMask mask = create(MaskMods.causal());
        assertThatThrownBy(() -> mask.and(BlockMask.create(MaskMods.causal(), 1, 1, 60, LENGTH, 8, 16)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("queryLength: expected both masks to have 61, got 60; adjust the longer mask");
        assertThatThrownBy(() -> mask.or(BlockMask.create(MaskMods.causal(), 1, 1, LENGTH, LENGTH, 8, 8)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("kvBlock: expected both masks to have 16, got 8; create both with the same blocks");
        assertThatThrownBy(() -> mask.or(BlockMask.create(MaskMods.causal(), 3, 1, LENGTH, LENGTH, 8, 16)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("batch: expected both masks to have 2, got 3; a size of 1 broadcasts");
    }

    @Test
    void sizesAreChecked() {
        assertThatThrownBy(() -> BlockMask.create(MaskMods.causal(), 1, 1, 64, 64, 0, 16))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("queryBlock: expected a positive size, got 0; 128 is usual");
        assertThatThrownBy(() -> BlockMask.create(MaskMods.causal(), 0, 1, 64, 64))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("batch: expected a positive size, got 0; 1 is for every batch");
        assertThatThrownBy(() -> create(MaskMods.causal()).adjust(62, 10))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("queryLength: expected 1 to 61, got 62; make the mask for the longest sequence");
        assertThatThrownBy(() -> create(MaskMods.causal()).slice(0, 2, 0, 3, 0, 9))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("queryBlockEnd: expected 1 to 8, got 9; stay within the mask");
    }

    @Test
    void listsAreChecked() {
        int[][][][] none = {{{{}, {}}}};
        assertThatThrownBy(() -> lists(new int[][][][] {{{{0}, {2}}}}, none))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("partial: expected key blocks from 0 to 1, got 2; list block numbers, not positions");
        assertThatThrownBy(() -> lists(new int[][][][] {{{{0}, {1}}}}, new int[][][][] {{{{}, {1}}}}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("full: expected each key block once in a query block's partial and full lists together,"
                        + " got 1 twice; remove one");
        assertThatThrownBy(() -> lists(none, new int[][][][] {{{{}}}}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("full: expected [batch][heads][queryBlocks][any] with 2 along queryBlocks, got 1;"
                        + " give one list for each query block");
    }

    private static BlockMask lists(int[][][][] partial, int[][][][] full) {
        return BlockMask.fromKvBlocks(MaskMods.causal(), 32, 32, 16, 16, partial, full);
    }
}
