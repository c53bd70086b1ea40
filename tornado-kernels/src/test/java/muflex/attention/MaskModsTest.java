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
                        + " a window has one centre and fits into the image");
    }
}
