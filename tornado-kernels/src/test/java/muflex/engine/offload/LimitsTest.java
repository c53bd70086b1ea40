package muflex.engine.offload;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class LimitsTest {

    private static Limits limits(Limits.Type type) {
        return new Limits(type, 1L << 30, 1L << 28, 32 << 10, 256, 2, 8, true, false, false);
    }

    @Test
    void aGroupLargerThanTheDeviceTakesIsRefused() {
        assertThatThrownBy(() -> limits(Limits.Type.GPU).requireGroup("kernel k on d", 512, 0, 0))
                .hasMessage("kernel k on d: expected work groups of at most 256, got 512; use another form");
    }

    @Test
    void moreSharedMemoryThanThereIsIsRefused() {
        assertThatThrownBy(() -> limits(Limits.Type.GPU).requireGroup("kernel k on d", 64, 0, 40_000))
                .hasMessage(
                        "kernel k on d: expected at most 32768 bytes that a work group shares, got 40000; use another form");
    }

    /** What crashes PoCL: attention backward's 144 KiB an item, in groups of 64. */
    @Test
    void aGroupThatOverflowsACpusStackIsRefused() {
        assertThatThrownBy(() -> limits(Limits.Type.CPU).requireGroup("kernel k on d", 64, 147_456, 0))
                .hasMessage(
                        "kernel k on d: expected at most 6291456 bytes of a work group's items on a thread's stack, "
                                + "got 64 items of 147456; use another form");
        assertThatCode(() -> limits(Limits.Type.CPU).requireGroup("kernel k on d", 32, 147_456, 0))
                .doesNotThrowAnyException();
        assertThatCode(() -> limits(Limits.Type.GPU).requireGroup("kernel k on d", 64, 147_456, 0))
                .doesNotThrowAnyException();
    }
}
