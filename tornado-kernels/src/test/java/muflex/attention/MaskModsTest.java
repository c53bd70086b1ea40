package muflex.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** Each mask on a few positions, as rows of text: {@code x} may attend. */
class MaskModsTest {

    private static String draw(MaskMod mask, int queries, int keys) {
        StringBuilder text = new StringBuilder();
        for (int q = 0; q < queries; q++) {
            for (int kv = 0; kv < keys; kv++) {
                text.append(mask.test(0, 0, q, kv) ? 'x' : '.');
            }
            text.append('\n');
        }
        return text.toString();
    }

    @Test
    void causalWithAnOffset() {
        assertThat(draw(MaskMods.causal(2), 2, 4)).isEqualTo("xxx.\nxxxx\n");
    }

    @Test
    void slidingWindowCountsTheQueryItself() {
        assertThat(draw(MaskMods.slidingWindow(2), 4, 4)).isEqualTo("x...\nxx..\n.xx.\n..xx\n");
    }

    @Test
    void localLooksBothWays() {
        assertThat(draw(MaskMods.local(2, 1), 4, 4)).isEqualTo("xx..\nxxx.\nxxxx\n.xxx\n");
    }

    @Test
    void prefixIsSeenByAll() {
        assertThat(draw(MaskMods.prefixLm(2), 4, 4)).isEqualTo("xx..\nxx..\nxxx.\nxxxx\n");
    }

    @Test
    void documentsSeeThemselves() {
        int[] ids = {4, 4, 9, 9, 9};
        assertThat(draw(MaskMods.document(ids), 5, 5)).isEqualTo("xx...\nxx...\n..xxx\n..xxx\n..xxx\n");
        assertThat(draw(MaskMods.document(ids, MaskMods.slidingWindow(1).or(MaskMods.prefixLm(1))), 5, 5))
                .isEqualTo("x....\nxx...\n..x..\n..xx.\n..xxx\n");
    }

    @Test
    void dilatedSkipsKeys() {
        assertThat(draw(MaskMods.dilated(2, 3), 7, 7))
                .isEqualTo("x......\n.x.....\n..x....\nx..x...\n.x..x..\n..x..x.\n...x..x\n");
    }

    @Test
    void globalPositionsSeeAndAreSeen() {
        assertThat(draw(MaskMods.globalPlusWindow(1, 1), 5, 5)).isEqualTo("xxxxx\nxxx..\nxxxx.\nx.xxx\nx..xx\n");
    }

    @Test
    void nattenMovesItsWindowInside() {
        // An image of 3 × 4 with a window of 3 × 3: the corner sees as many as the centre.
        MaskMod natten = MaskMods.natten2d(3, 4, 3, 3);
        String[] rows = draw(natten, 12, 12).split("\n", -1);
        assertThat(rows[0]).isEqualTo("xxx.xxx.xxx.");
        assertThat(rows[5]).isEqualTo("xxx.xxx.xxx.");
        assertThat(rows[6]).isEqualTo(".xxx.xxx.xxx");
        assertThat(rows[11]).isEqualTo(".xxx.xxx.xxx");
    }

    @Test
    void blockDiffusionSeesCleanBlocksBefore() {
        // Noised 0–3, clean 4–7, blocks of 2.
        assertThat(draw(MaskMods.blockDiffusion(4, 2), 8, 8)).isEqualTo("""
                xx......
                xx......
                ..xxxx..
                ..xxxx..
                ....xx..
                ....xx..
                ....xxxx
                ....xxxx
                """);
    }

    @Test
    void branchesShareThePrefix() {
        assertThat(draw(MaskMods.sharedPrefix(2, 2), 6, 6))
                .isEqualTo("x.....\nxx....\nxxx...\nxxxx..\nxx..x.\nxx..xx\n");
    }

    @Test
    void nattenOnALine() {
        assertThat(draw(MaskMods.natten1d(5, 3), 5, 5)).isEqualTo("xxx..\nxxx..\n.xxx.\n..xxx\n..xxx\n");
    }

    @Test
    void nattenInAVideo() {
        // 3 × 3 × 3 with a window of 3 × 1 × 3: all planes and columns, the query's own row.
        String[] rows = draw(MaskMods.natten3d(3, 3, 3, 3, 1, 3), 27, 27).split("\n", -1);
        assertThat(rows[0]).isEqualTo("xxx......xxx......xxx......");
        assertThat(rows[13]).isEqualTo("...xxx......xxx......xxx...");
    }

    @Test
    void tilesReorderPositions() {
        // 2 × 4 in tiles of 2 × 2: positions 0 1 4 5, then 2 3 6 7 of row-major order.
        int[] order = {0, 1, 4, 5, 2, 3, 6, 7};
        MaskMod rowMajor = MaskMods.natten2d(2, 4, 1, 3);
        MaskMod tiled = MaskMods.inTiles2d(rowMajor, 2, 4, 2, 2);
        MaskMod video = MaskMods.inTiles3d(MaskMods.natten3d(2, 2, 2, 1, 1, 1), 2, 2, 2, 2, 1, 1);
        for (int q = 0; q < 8; q++) {
            for (int kv = 0; kv < 8; kv++) {
                assertThat(tiled.test(0, 0, q, kv)).isEqualTo(rowMajor.test(0, 0, order[q], order[kv]));
                assertThat(video.test(0, 0, q, kv)).isEqualTo(q == kv);
            }
        }
    }

    @Test
    void slidingTilesHaveNoPartialBlocks() {
        BlockMask image = BlockMask.create(MaskMods.slidingTile2d(16, 16, 12, 4, 4, 4), 1, 1, 256, 256, 16, 16);
        assertThat(image.partialBlocks(0, 0)).isZero();
        assertThat(image.fullBlocks(0, 0)).isEqualTo(16 * 3);
        BlockMask video = BlockMask.create(MaskMods.slidingTile3d(4, 6, 4, 2, 6, 2, 2, 2, 2), 1, 1, 96, 96, 8, 8);
        assertThat(video.partialBlocks(0, 0)).isZero();
    }

    @Test
    void packedSequencesSeeThemselves() {
        int[] cumulative = {0, 2, 2, 5};
        assertThat(draw(MaskMods.packed(cumulative), 5, 5)).isEqualTo("xx...\nxx...\n..xxx\n..xxx\n..xxx\n");
        assertThat(draw(MaskMods.packed(cumulative, MaskMods.causal()), 5, 5))
                .isEqualTo("x....\nxx...\n..x..\n..xx.\n..xxx\n");
    }

    @Test
    void batchesLieOneAfterTheOther() {
        assertThat(draw(MaskMods.batchify(MaskMods.causal(), 2), 5, 5))
                .isEqualTo("x....\nxx...\n..x..\n..xx.\n....x\n");
    }

    @Test
    void stridedSeesTheLastAndEveryThird() {
        assertThat(draw(MaskMods.strided(3), 7, 7))
                .isEqualTo("x......\nxx.....\nxxx....\nxxxx...\n.xxxx..\n..xxxx.\nx..xxxx\n");
    }

    @Test
    void randomBlocksAreAsManyInEachRow() {
        BlockMask mask = BlockMask.create(MaskMods.randomBlocks(100, 10, 3, 5), 1, 1, 100, 100, 10, 10);
        assertThat(mask.partialBlocks(0, 0)).isZero();
        for (int row = 0; row < 10; row++) {
            assertThat(mask.lists().fullOffsets()[row]).isEqualTo(3 * row);
        }
        assertThat(draw(MaskMods.randomBlocks(9, 2, 2, 1), 9, 9))
                .isEqualTo(draw(MaskMods.randomBlocks(9, 2, 2, 1), 9, 9));
        assertThat(draw(MaskMods.randomBlocks(40, 2, 2, 1), 40, 40))
                .isNotEqualTo(draw(MaskMods.randomBlocks(40, 2, 2, 2), 40, 40));
    }

    @Test
    void nodesOfATreeSeeTheirAncestors() {
        // Two keys before; 0 has the children 1 and 2, 1 the child 3; 4 is a second root.
        assertThat(draw(MaskMods.tree(2, new int[] {-1, 0, 0, 1, -1}), 5, 7))
                .isEqualTo("xxx....\nxxxx...\nxxx.x..\nxxxx.x.\nxx....x\n");
    }

    @Test
    void textSeesTheImageBeforeIt() {
        assertThat(draw(MaskMods.flamingo(new int[] {-1, 0, 1, 1}, 2), 4, 4)).isEqualTo("....\nxx..\n..xx\n..xx\n");
    }

    @Test
    void paddingIsByBatch() {
        MaskMod padding = MaskMods.padding(new int[] {2, 0});
        assertThat(padding.test(0, 0, 5, 1)).isTrue();
        assertThat(padding.test(0, 0, 0, 2)).isFalse();
        assertThat(padding.test(1, 0, 0, 0)).isFalse();
    }

    @Test
    void combinatorsShortCircuit() {
        MaskMod throwing = (b, h, q, kv) -> {
            throw new AssertionError("asked");
        };
        MaskMod never = MaskMods.all().negate();
        assertThat(never.and(throwing).test(0, 0, 0, 0)).isFalse();
        assertThat(MaskMods.all().or(throwing).test(0, 0, 0, 0)).isTrue();
    }

    @Test
    void argumentsAreChecked() {
        assertThatThrownBy(() -> MaskMods.slidingWindow(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("window: expected at least 1, got 0; pass a larger value");
        assertThatThrownBy(() -> MaskMods.natten2d(8, 8, 4, 3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("kernelHeight: expected an odd size from 1 to 8, got 4;"
                        + " a window has one centre and fits into the grid");
        assertThatThrownBy(() -> MaskMods.inTiles2d(MaskMods.all(), 8, 8, 3, 4))
                .hasMessage("tileHeight: expected a divisor of 8, got 3; pad the grid or take another tile");
        assertThatThrownBy(() -> MaskMods.tree(0, new int[] {-1, 1}))
                .hasMessage("parents[1]: expected -1 to 0, got 1; pass a value in that range");
        assertThatThrownBy(() -> MaskMods.packed(new int[] {0, 3, 2}))
                .hasMessage("cumulativeLengths: expected ascending numbers, got 2 after 3; sort them");
        assertThatThrownBy(() -> MaskMods.packed(new int[] {3}))
                .hasMessage(
                        "cumulativeLengths: expected [sequences + 1] from 0 on, got [3]; lengths 3 and 4 are {0, 3, 7}");
        assertThatThrownBy(() -> MaskMods.randomBlocks(100, 10, 11, 1))
                .hasMessage("random: expected 0 to 10, got 11; pass a value in that range");
    }
}
