package muflex.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class WorkGroupTest {

    /** Each group of 2ⁿ items adds up its share of x in a tree: every step needs the barrier before it. */
    private static void sums(float[] x, float[] sums) {
        float[] shared = WorkGroup.localFloats(64);
        int local = WorkGroup.localId();
        shared[local] = x[WorkGroup.globalId()];
        WorkGroup.barrier();
        for (int width = WorkGroup.localSize() / 2; width > 0; width /= 2) {
            if (local < width) {
                shared[local] += shared[local + width];
            }
            WorkGroup.barrier();
        }
        if (local == 0) {
            sums[WorkGroup.groupId()] = shared[0];
        }
    }

    @Test
    void reducesInATree() {
        float[] x = new float[5 * 64];
        IntStream.range(0, x.length).forEach(i -> x[i] = i);
        float[] sums = new float[5];
        WorkGroup.run(5, 64, () -> sums(x, sums));
        for (int g = 0; g < 5; g++) {
            int base = g * 64;
            assertThat(sums[g]).isEqualTo(IntStream.range(base, base + 64).sum());
        }
    }

    @Test
    void arraysAreOneAGroupAndCall() {
        boolean[] same = new boolean[8];
        WorkGroup.run(2, 4, () -> {
            float[] first = WorkGroup.localFloats(4);
            float[] second = WorkGroup.localFloats(4);
            first[WorkGroup.localId()] = 1f;
            second[WorkGroup.localId()] = 2f;
            WorkGroup.barrier();
            same[WorkGroup.globalId()] = first[0] + first[3] == 2f && second[0] + second[3] == 4f;
        });
        assertThat(same).containsOnly(true);
    }

    @Test
    void aBarrierThatSomeItemsMissFails() {
        assertThatThrownBy(() -> WorkGroup.run(1, 4, () -> {
                    if (WorkGroup.localId() > 0) {
                        WorkGroup.barrier();
                    }
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("work group 0: barrier: reached by 3 of 4 items");
    }

    @Test
    void anItemsFailureEndsTheGroup() {
        assertThatThrownBy(() -> WorkGroup.run(1, 4, () -> {
                    if (WorkGroup.localId() == 2) {
                        throw new IllegalArgumentException("two");
                    }
                    WorkGroup.barrier();
                }))
                .hasMessage("work group 0: two");
    }
}
