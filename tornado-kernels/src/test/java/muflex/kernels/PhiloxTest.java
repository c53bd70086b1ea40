package muflex.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class PhiloxTest {

    /** The known answers of the authors' Random123 library for philox4x32-10. */
    @Test
    void givesTheKnownAnswers() {
        assertThat(words(0, 0, 0, 0, 0)).containsExactly(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
        assertThat(words(-1L, -1, -1, -1, -1)).containsExactly(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
        assertThat(words(0x299f31d0_a4093822L, 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344))
                .containsExactly(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1);
    }

    private static int[] words(long seed, int c0, int c1, int c2, int c3) {
        int[] words = new int[4];
        for (int i = 0; i < 4; i++) {
            words[i] = Philox.word(seed, c0, c1, c2, c3, i);
        }
        return words;
    }

    @Test
    void dropsTheAskedShareAndScalesTheRest() {
        int dropped = 0;
        for (int q = 0; q < 100; q++) {
            for (int kv = 0; kv < 100; kv++) {
                float keep = Philox.keep(7, 0.25f, 1, 2, q, kv);
                assertThat(keep).isIn(0f, 1f / 0.75f);
                dropped += keep == 0 ? 1 : 0;
            }
        }
        assertThat(dropped / 10_000.0).isCloseTo(0.25, within(0.015));
    }

    @Test
    void everyIndexAndTheSeedMatter() {
        int[] base = words(7, 0, 0, 0, 0);
        assertThat(words(8, 0, 0, 0, 0)).isNotEqualTo(base);
        assertThat(words(7, 1, 0, 0, 0)).isNotEqualTo(base);
        assertThat(words(7, 0, 1, 0, 0)).isNotEqualTo(base);
        assertThat(words(7, 0, 0, 1, 0)).isNotEqualTo(base);
        assertThat(words(7, 0, 0, 0, 1)).isNotEqualTo(base);
    }

    @Test
    void nothingIsDroppedAtZero() {
        assertThat(Philox.keep(7, 0f, 0, 0, 0, 0)).isEqualTo(1f);
    }
}
