package muflex.attention;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BlockPictureTest {

    @Test
    void showsFullPartialAndSkippedBlocks() {
        assertThat(BlockMask.create(MaskMods.slidingWindow(300), 1, 1, 1000, 1000)
                        .toString())
                .isEqualTo("""
                        BlockMask [batch 1, heads 1, queries 1000, keys 1000], blocks 128 × 128, 59.38 % skipped
                        +.......
                        #+......
                        +#+.....
                        ++#+....
                        .++#+...
                        ..++#+..
                        ...++#+.
                        ....++#+
                        """);
    }

    @Test
    void showsBatchesAndHeadsThatDiffer() {
        MaskMod byHead = (b, h, q, kv) -> kv <= q + 64 * h;
        assertThat(BlockMask.create(byHead, 1, 6, 192, 128, 64, 64).toString()).isEqualTo("""
                        BlockMask [batch 1, heads 6, queries 192, keys 128], blocks 64 × 64, 2.78 % skipped
                        b 0, h 0
                        +.
                        #+
                        ##
                        b 0, h 1
                        #+
                        ##
                        ##
                        b 0, h 2
                        ##
                        ##
                        ##
                        b 0, h 3
                        ##
                        ##
                        ##
                        and 2 more
                        """);
    }

    @Test
    void drawsLargeMasksSmaller() {
        String picture =
                BlockMask.create(MaskMods.causal(), 1, 1, 12_900, 12_900).toString();
        assertThat(picture.lines().findFirst())
                .hasValue("BlockMask [batch 1, heads 1, queries 12900, keys 12900], blocks 128 × 128, 49.50 % skipped,"
                        + " a character is 2 × 2 blocks");
        assertThat(picture.lines().skip(1)).hasSize(51).allMatch(line -> line.length() == 51);
        assertThat(picture.lines().skip(51)).containsExactly("#".repeat(50) + "+");
    }
}
