package muflex.experiments.peers.table;

import muflex.PagedAttention;
import muflex.attention.AttentionShape;
import muflex.engine.Devices;
import muflex.paging.KvFormat;
import muflex.paging.PagedKvCache;

/** The keys and values of {@link Inputs} as one sequence in pages, and attention of its last token to them. */
final class PagedInputs {

    private static final int PAGE = 128;
    private static final int[] LAST = {1};

    /** What rounding keys and values to 8 bits, or to 127ths of their largest, may do to outputs that are averages of many values. */
    private static final double BUDGET = 1e-2;

    private final PagedKvCache cache;
    private final PagedAttention attention;
    private final int[] sequence;
    private final float[] q;
    private float[] out = {};

    /** @param shape of one query */
    PagedInputs(AttentionShape shape, KvFormat format, float[] q, float[] k, float[] v) {
        this.q = q;
        int keys = shape.kvLength();
        cache = new PagedKvCache(
                1, shape.kvHeads(), shape.headDim(), shape.valueDim(), Math.ceilDiv(keys, PAGE), PAGE, format);
        sequence = new int[] {cache.table().create()};
        cache.table().append(sequence[0], keys);
        cache.write(0, sequence[0], 0, keys, k, v);
        attention = PagedAttention.builder(cache, shape.queryHeads())
                .device(Devices.byId("cpu"))
                .build();
    }

    void forward() {
        out = attention.forward(0, sequence, LAST, q).out();
    }

    double bytes() {
        return cache.bytes();
    }

    /** The largest difference to what floats give; refuses a wrong one. */
    double checkedError(float[] expected) {
        double largest = 0;
        for (int i = 0; i < expected.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i] - out[i]));
        }
        if (!(largest <= BUDGET)) {
            throw new IllegalStateException("pages of " + cache.format() + ": expected an error of at most " + BUDGET
                    + ", got " + largest + "; nothing is timed");
        }
        return largest;
    }

    void close() {
        attention.close();
    }
}
