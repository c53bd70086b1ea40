package muflex.experiments.compare;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class JustInTimeTest {

    @Test
    void nothingAtWork() {
        assertThat(JustInTime.isBusy("Current compiles: \n\nC1 compile queue:\nEmpty\n\nC2 compile queue:\nEmpty\n\n"))
                .isFalse();
    }

    @Test
    void oneBeingCompiled() {
        assertThat(JustInTime.isBusy("""
                Current compiles:
                C2 CompilerThread0  1461   !   4       a.B::c (530 bytes)

                C1 compile queue:
                Empty

                C2 compile queue:
                Empty

                """)).isTrue();
    }

    @Test
    void oneWaiting() {
        assertThat(JustInTime.isBusy("""
                Current compiles:

                C1 compile queue:
                Empty

                C2 compile queue:
                1462       4       a.B::c (101 bytes)

                """)).isTrue();
    }

    @Test
    void withoutC2ThereIsNothingToWaitFor() {
        assertThat(JustInTime.isBusy("Current compiles: \n\nC1 compile queue:\nEmpty\n\n"))
                .isFalse();
        assertThat(JustInTime.isBusy("")).isFalse();
    }

    @Test
    void thisJvmTells() {
        assertThat(JustInTime.queues()).contains("Current compiles:").contains("C2 compile queue:\n");
    }
}
