package muflex.engine.jvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class WorkersTest {
    private final Workers workers = new Workers(3);

    @Test
    void runsEachItemOnce() {
        for (int items : new int[] {0, 1, 2, 7, 1000}) {
            for (int grain : new int[] {1, 3}) {
                AtomicIntegerArray runs = new AtomicIntegerArray(items);
                workers.run(items, grain, (first, last) -> {
                    for (int i = first; i < last; i++) {
                        runs.incrementAndGet(i);
                    }
                });
                for (int i = 0; i < items; i++) {
                    assertThat(runs.get(i)).isEqualTo(1);
                }
            }
        }
    }

    @Test
    void runsItemsAtOnce() {
        CountDownLatch meeting = new CountDownLatch(3);
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        workers.run(3, (first, last) -> {
            threads.add(Thread.currentThread());
            meeting.countDown();
            assertThat(meeting.await(10, TimeUnit.SECONDS)).isTrue();
        });
        assertThat(threads).hasSize(3).contains(Thread.currentThread());
    }

    @Test
    void throwsWhatAnItemThrewAndWorksOn() {
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> workers.run(10, (first, last) -> {
                        if (first == 4) {
                            throw new IllegalArgumentException("four");
                        }
                    }))
                    .hasMessage("four");
            AtomicInteger sum = new AtomicInteger();
            workers.run(10, (first, last) -> sum.addAndGet(first));
            assertThat(sum).hasValue(45);
        }
    }

    @Test
    void aCallFromWithinAnItemRunsThere() {
        AtomicIntegerArray runs = new AtomicIntegerArray(20);
        workers.run(
                4,
                (first, last) -> workers.run(5, (f, l) -> {
                    for (int i = f; i < l; i++) {
                        runs.incrementAndGet(first * 5 + i);
                    }
                }));
        for (int i = 0; i < 20; i++) {
            assertThat(runs.get(i)).isEqualTo(1);
        }
    }

    @Test
    void manyShortCallsRunEachItemOnce() {
        AtomicIntegerArray counts = new AtomicIntegerArray(7);
        for (int call = 1; call <= 20_000; call++) {
            int items = 1 + call % 7;
            workers.run(items, (first, last) -> {
                for (int i = first; i < last; i++) {
                    counts.incrementAndGet(i);
                }
            });
        }
        int total = 0;
        for (int i = 0; i < 7; i++) {
            total += counts.get(i);
        }
        assertThat(counts.get(0)).isEqualTo(20_000);
        assertThat(total)
                .isEqualTo(IntStream.rangeClosed(1, 20_000)
                        .map(call -> 1 + call % 7)
                        .sum());
    }

    @Test
    void needsAThread() {
        assertThatThrownBy(() -> new Workers(0)).hasMessage("muflex.threads: expected at least 1, got 0");
    }
}
