package muflex.kernels;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The work group of a group kernel, the kind that a GPU wants: items numbered within groups, arrays that a group
 * shares, and a barrier. On a device these are the hardware's own. Here every item of a group is a thread that waits
 * at real barriers, so that a kernel which misses one, or reaches it by some items only, fails in a test.
 */
public final class WorkGroup {
    private static final ScopedValue<Item> ITEM = ScopedValue.newInstance();

    private WorkGroup() {}

    /** This item's number among all items: groupId · localSize + localId. */
    public static int globalId() {
        return ITEM.get().group.id * ITEM.get().group.size + ITEM.get().localId;
    }

    /** This item's number within its group. */
    public static int localId() {
        return ITEM.get().localId;
    }

    /** The number of this item's group. */
    public static int groupId() {
        return ITEM.get().group.id;
    }

    /** Items in a group. */
    public static int localSize() {
        return ITEM.get().group.size;
    }

    /**
     * An array of {@code size} floats that the group shares, contents undefined. The n-th call of each item gets the
     * same array, so all items must make the same calls; on a device {@code size} must be a constant.
     */
    public static float[] localFloats(int size) {
        Item item = ITEM.get();
        return item.group.shared(item.arrays++, size);
    }

    /**
     * {@code count}, the bound of a loop that a device must unroll, because the work item's arrays that it indexes are to be
     * registers. On a device {@code count} must be a constant. Small loops are unrolled without.
     */
    public static int unrolled(int count) {
        return count;
    }

    /** Waits until every item of the group is here; writes before it are then seen by all of them. */
    public static void barrier() {
        ITEM.get().group.await();
    }

    /**
     * What each of the 32 items of this item's warp gave, by lane, once all have: the exchange that {@link Mma} stands on. No part
     * of the dialect.
     */
    static float[][] warp(float[] mine) {
        Item item = ITEM.get();
        return item.group.exchange(item.localId, item.exchanges++, mine);
    }

    /** Runs {@code kernel} as {@code groups} work groups of {@code localSize} items, a group at a time. */
    public static void run(int groups, int localSize, Runnable kernel) {
        for (int id = 0; id < groups; id++) {
            new Group(id, localSize).run(kernel);
        }
    }

    private static final class Item {
        private final Group group;
        private final int localId;
        private int arrays;
        private int exchanges;

        private Item(Group group, int localId) {
            this.group = group;
            this.localId = localId;
        }
    }

    /** One call of {@link #warp} by the items of a warp. */
    private static final class Exchange {
        private final float[][] given = new float[Mma.WARP][];
        private int count;
    }

    /** The state of one group; its monitor guards the mutable part. */
    private static final class Group {
        private final int id;
        private final int size;
        private final List<float[]> arrays = new ArrayList<>();
        private final Map<Long, Exchange> exchanges = new HashMap<>();
        private int waiting;
        private int exchanging;
        private int finished;
        private int barriers;
        private @Nullable Throwable failure;

        private Group(int id, int size) {
            this.id = id;
            this.size = size;
        }

        private void run(Runnable kernel) {
            Thread[] threads = new Thread[size];
            for (int i = 0; i < size; i++) {
                Item item = new Item(this, i);
                threads[i] = Thread.startVirtualThread(() -> runItem(item, kernel));
            }
            for (Thread thread : threads) {
                join(thread);
            }
            synchronized (this) {
                if (failure != null) {
                    throw new IllegalStateException("work group " + id + ": " + failure.getMessage(), failure);
                }
            }
        }

        private void runItem(Item item, Runnable kernel) {
            try {
                ScopedValue.where(ITEM, item).run(kernel);
            } catch (RuntimeException | Error e) {
                fail(e);
            }
            synchronized (this) {
                finished++;
                checkReachable();
            }
        }

        private synchronized void await() {
            int mine = barriers;
            waiting++;
            if (waiting == size) {
                waiting = 0;
                barriers++;
                notifyAll();
                return;
            }
            checkReachable();
            waitFor(mine);
            if (failure != null) {
                throw new IllegalStateException(failure.getMessage(), failure);
            }
        }

        /** Items that have ended, or wait elsewhere, will not reach what the others wait at. */
        private void checkReachable() {
            if (waiting + exchanging + finished < size || waiting == size || finished == size) {
                return;
            }
            fail(
                    waiting > 0
                            ? new IllegalStateException("barrier: reached by " + waiting + " of " + size + " items")
                            : new IllegalStateException("warp: a call of Mma reached by some of its items only"));
        }

        private synchronized float[][] exchange(int localId, int number, float[] mine) {
            long key = (long) number * size + localId / Mma.WARP;
            Exchange exchange = exchanges.computeIfAbsent(key, k -> new Exchange());
            exchange.given[localId % Mma.WARP] = mine;
            exchange.count++;
            if (exchange.count == Mma.WARP) {
                exchanges.remove(key);
                exchanging -= Mma.WARP - 1;
                notifyAll();
                return exchange.given;
            }
            exchanging++;
            checkReachable();
            try {
                while (exchange.count < Mma.WARP && failure == null) {
                    wait();
                }
            } catch (InterruptedException e) {
                throw interrupted(e);
            }
            if (failure != null) {
                throw new IllegalStateException(failure.getMessage(), failure);
            }
            return exchange.given;
        }

        private synchronized void fail(Throwable cause) {
            if (failure == null) {
                failure = cause;
            }
            notifyAll();
        }

        private synchronized float[] shared(int index, int length) {
            if (index == arrays.size()) {
                arrays.add(new float[length]);
            }
            float[] array = arrays.get(index);
            if (array.length != length) {
                throw new IllegalStateException(
                        "localFloats: expected " + array.length + " as other items asked, got " + length);
            }
            return array;
        }

        private void waitFor(int barrier) {
            try {
                while (barriers == barrier && failure == null) {
                    wait();
                }
            } catch (InterruptedException e) {
                throw interrupted(e);
            }
        }

        private static void join(Thread thread) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                throw interrupted(e);
            }
        }

        private static IllegalStateException interrupted(InterruptedException e) {
            Thread.currentThread().interrupt();
            return new IllegalStateException("work group: interrupted", e);
        }
    }
}
