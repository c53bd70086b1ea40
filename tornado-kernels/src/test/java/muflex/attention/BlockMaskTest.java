package muflex.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import muflex.attention.BlockMask.Block;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class BlockMaskTest {

    static Stream<Arguments> sizes() {
        return Stream.of(
                Arguments.of(1, 1, 1, 1),
                Arguments.of(1, 3, 2, 2),
                Arguments.of(17, 17, 128, 128),
                Arguments.of(64, 64, 16, 16),
                Arguments.of(113, 203, 16, 32),
                Arguments.of(60, 61, 7, 5),
                Arguments.of(150, 33, 1, 33),
                Arguments.of(90, 300, 32, 3));
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void everyBlockIsClassedExactly(int queryLength, int kvLength, int queryBlock, int kvBlock) {
        for (Map.Entry<String, MaskMod> named :
                Masks.all(Math.max(queryLength, kvLength)).entrySet()) {
            BlockMask mask = BlockMask.create(named.getValue(), 2, 3, queryLength, kvLength, queryBlock, kvBlock);
            assertBlocks(named.getKey(), mask, named.getValue());
        }
    }

    /** Block by block against the elements, and the counts, lists and transpose against the blocks. */
    static void assertBlocks(String name, BlockMask mask, MaskMod truth) {
        boolean[][][][] dense = mask.toDense();
        for (int b = 0; b < mask.batch(); b++) {
            for (int h = 0; h < mask.heads(); h++) {
                int partial = 0;
                int full = 0;
                for (int qb = 0; qb < mask.queryBlocks(); qb++) {
                    for (int kvb = 0; kvb < mask.kvBlocks(); kvb++) {
                        Block expected = Masks.expected(mask, truth, b, h, qb, kvb);
                        assertThat(mask.block(b, h, qb, kvb))
                                .as("%s: block (%d, %d) of b %d, h %d", name, qb, kvb, b, h)
                                .isEqualTo(expected);
                        assertThat(dense[b][h][qb][kvb]).isEqualTo(expected != Block.EMPTY);
                        partial += expected == Block.PARTIAL ? 1 : 0;
                        full += expected == Block.FULL ? 1 : 0;
                    }
                }
                assertThat(mask.partialBlocks(b, h)).as(name).isEqualTo(partial);
                assertThat(mask.fullBlocks(b, h)).as(name).isEqualTo(full);
                assertTransposed(mask, b, h);
            }
        }
    }

    private static void assertTransposed(BlockMask mask, int b, int h) {
        for (int kvb = 0; kvb < mask.kvBlocks(); kvb++) {
            List<Integer> partial = new ArrayList<>();
            List<Integer> full = new ArrayList<>();
            for (int qb = 0; qb < mask.queryBlocks(); qb++) {
                switch (mask.block(b, h, qb, kvb)) {
                    case PARTIAL -> partial.add(qb);
                    case FULL -> full.add(qb);
                    case EMPTY -> {}
                }
            }
            BlockLists lists = mask.transposed();
            int column = mask.column(b, h, kvb);
            assertThat(list(lists.partialOffsets(), lists.partialBlocks(), column))
                    .isEqualTo(partial);
            assertThat(list(lists.fullOffsets(), lists.fullBlocks(), column)).isEqualTo(full);
        }
    }

    private static List<Integer> list(int[] offsets, int[] blocks, int row) {
        List<Integer> list = new ArrayList<>();
        for (int i = offsets[row]; i < offsets[row + 1]; i++) {
            list.add(blocks[i]);
        }
        return list;
    }

    @Test
    void causalAt2048() {
        BlockMask causal = BlockMask.create(MaskMods.causal(), 1, 1, 2048, 2048);
        assertThat(causal.sparsity()).isEqualTo(46.875);
        assertThat(causal.partialBlocks(0, 0)).isEqualTo(16);
        assertThat(causal.fullBlocks(0, 0)).isEqualTo(120);
    }

    @Test
    void causalWindowAt2048() {
        MaskMod window = MaskMods.causal().and((b, h, q, kv) -> q - kv <= 512);
        assertThat(BlockMask.create(window, 1, 1, 2048, 2048).partialBlocks(0, 0))
                .isEqualTo(28);
        assertThat(BlockMask.create(MaskMods.slidingWindow(512), 1, 1, 2048, 2048)
                        .partialBlocks(0, 0))
                .isEqualTo(28);
    }

    @Test
    void causalAndNotCausalIsEmpty() {
        MaskMod never = MaskMods.causal().and(MaskMods.causal().negate());
        BlockMask mask = BlockMask.create(never, 1, 1, 2048, 2048);
        assertThat(mask.partialBlocks(0, 0) + mask.fullBlocks(0, 0)).isZero();
        assertThat(mask.sparsity()).isEqualTo(100);
    }

    @Test
    void oneBatchAndHeadAreForAll() {
        BlockMask mask = BlockMask.create(MaskMods.causal(), 1, 1, 64, 64, 16, 16);
        assertThat(mask.row(3, 7, 2)).isEqualTo(2);
        assertThat(mask.column(3, 7, 2)).isEqualTo(2);
        assertThat(mask.allows(3, 7, 40, 41)).isFalse();
        assertThat(mask.allows(3, 7, 40, 39)).isTrue();
    }

    @Test
    void aCapturedArrayMustHoldEveryIndex() {
        MaskMod tooShort = MaskMods.document(new int[60]);
        assertThatThrownBy(() -> BlockMask.create(tooShort, 1, 1, 64, 64, 16, 16))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("mask: expected captured arrays that hold every index it reads,"
                        + " got \"Index 63 out of bounds for length 60\";"
                        + " capture a larger array, or ask for its index first: q < ids.length && ids[q] == 0");
    }

    @Test
    void interpretedMasksAreClassedAlike() {
        Masks.all(60)
                .forEach((name, mask) -> assertBlocks(name, BlockMask.interpreted(mask, 2, 3, 60, 50, 16, 8), mask));
    }

    @Test
    void batchesAndHeadsThatAreAlikeAreKeptOnce() {
        BlockMask alike = BlockMask.create(MaskMods.causal(), 4, 8, 64, 64, 16, 16);
        assertThat(alike.lists().rows()).isEqualTo(4);
        assertThat(alike.batch()).isEqualTo(4);
        BlockMask byHead = BlockMask.create((b, h, q, kv) -> q - kv < h, 4, 8, 64, 64, 16, 16);
        assertThat(byHead.lists().rows()).isEqualTo(8 * 4);
        assertThat(byHead.row(3, 2, 1)).isEqualTo(2 * 4 + 1);
    }

    @Test
    void theListsAreTheTruth() {
        // Causal says otherwise of every one of these elements.
        BlockMask mask = BlockMask.fromKvBlocks(
                MaskMods.causal(), 32, 32, 16, 16, new int[][][][] {{{{}, {1}}}}, new int[][][][] {{{{1}, {}}}});
        assertThat(mask.allows(0, 0, 0, 31)).isTrue();
        assertThat(mask.allows(0, 0, 15, 0)).isFalse();
        assertThat(mask.allows(0, 0, 31, 0)).isFalse();
        assertThat(mask.allows(0, 0, 31, 30)).isTrue();
        assertThat(mask.allows(0, 0, 30, 31)).isFalse();
    }
}
