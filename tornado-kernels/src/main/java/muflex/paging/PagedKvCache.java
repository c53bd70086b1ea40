package muflex.paging;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Keys and values of many sequences in pages, for all layers of a model. {@link #table} says who has which page: append tokens
 * there, then write their keys and values in every layer.
 *
 * <p>Values must be finite. One that is not spoils its own sequence, and those that share its page, but none that takes the page later:
 * attention reads whole pages, with weight 0 where a query may not look, and the values of pages taken anew are made 0 first.
 *
 * <pre>{@code
 * PagedKvCache cache = new PagedKvCache(layers, kvHeads, 64, 64, 256, 16, KvFormat.BFLOAT16);
 * int sequence = cache.table().create();
 * cache.table().append(sequence, 7);
 * cache.write(0, sequence, 0, 7, k, v); // k and v [kvHeads, 7, 64]
 * int branch = cache.table().fork(sequence, 5); // shares the pages of the first five tokens
 * }</pre>
 */
public final class PagedKvCache {

    private final int kvHeads;
    private final int headDim;
    private final int valueDim;
    private final KvFormat format;
    private final PageTable table;
    private final List<KvPages> keys = new ArrayList<>();
    private final List<KvPages> values = new ArrayList<>();

    /** An empty cache; its memory is taken now, see {@link #bytes}. */
    public PagedKvCache(int layers, int kvHeads, int headDim, int valueDim, int pages, int pageSize, KvFormat format) {
        positive("layers", layers);
        positive("kvHeads", kvHeads);
        positive("headDim", headDim);
        positive("valueDim", valueDim);
        this.kvHeads = kvHeads;
        this.headDim = headDim;
        this.valueDim = valueDim;
        this.format = format;
        fits(pages, pageSize);
        table = new PageTable(pages, pageSize, new Contents());
        for (int layer = 0; layer < layers; layer++) {
            keys.add(new KvPages(kvHeads, pages, pageSize, headDim, format));
            values.add(new KvPages(kvHeads, pages, pageSize, valueDim, format));
        }
    }

    private static void positive(String name, int value) {
        if (value <= 0) {
            throw new IllegalArgumentException(
                    name + ": expected a positive number, got " + value + "; pass at least 1");
        }
    }

    private void fits(int pages, int pageSize) {
        int dim = Math.max(headDim, valueDim);
        int row = Math.max(dim, format.floats(dim));
        double size = (double) kvHeads * pages * pageSize * row;
        if (size > PageTable.MOST) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "pages: expected at most %d numbers in a layer's [kvHeads %d, pages %d · pageSize %d, dim %d],"
                            + " got %.0f; take fewer pages",
                    PageTable.MOST,
                    kvHeads,
                    pages,
                    pageSize,
                    dim,
                    size));
        }
    }

    /** What the table says of pages, done in all layers. */
    private final class Contents implements PageTable.Copy {
        @Override
        public void page(int from, int to) {
            keys.forEach(pages -> pages.copy(from, to));
            values.forEach(pages -> pages.copy(from, to));
        }

        /** Values only: the score of a place that is masked is replaced, whatever its key, but 0 · NaN is NaN. */
        @Override
        public void clear(int page, int first) {
            values.forEach(pages -> pages.clear(page, first));
        }
    }

    /** Who has which page. */
    public PageTable table() {
        return table;
    }

    public int kvHeads() {
        return kvHeads;
    }

    public int headDim() {
        return headDim;
    }

    public int valueDim() {
        return valueDim;
    }

    public int layers() {
        return keys.size();
    }

    public KvFormat format() {
        return format;
    }

    /** Bytes of all keys and values. */
    public long bytes() {
        return keys.stream().mapToLong(KvPages::byteCount).sum()
                + values.stream().mapToLong(KvPages::byteCount).sum();
    }

    /**
     * Stores keys and values of one layer for tokens that were appended. What is refused stores nothing.
     *
     * @param first the position of the first of them
     * @param k {@code [kvHeads, tokens, headDim]}
     * @param v {@code [kvHeads, tokens, valueDim]}
     */
    public void write(int layer, int sequence, int first, int tokens, float[] k, float[] v) {
        KvPages toKeys = layer(keys, layer);
        KvPages toValues = layer(values, layer);
        positive("tokens", tokens);
        length("k", "[kvHeads, tokens, headDim]", (long) kvHeads * tokens * headDim, k.length);
        length("v", "[kvHeads, tokens, valueDim]", (long) kvHeads * tokens * valueDim, v.length);
        int[] slots = new int[tokens];
        for (int i = 0; i < tokens; i++) {
            slots[i] = table.slot(sequence, first + i);
            if (table.users(slots[i] / table.pageSize()) > 1) {
                throw new IllegalStateException(
                        "position: expected one of a page that sequence " + sequence + " has alone, got " + (first + i)
                                + ", which others share; write what was appended since fork");
            }
        }
        for (int i = 0; i < tokens; i++) {
            for (int head = 0; head < kvHeads; head++) {
                toKeys.write(head, slots[i], k, (head * tokens + i) * headDim);
                toValues.write(head, slots[i], v, (head * tokens + i) * valueDim);
            }
        }
    }

    private static KvPages layer(List<KvPages> all, int layer) {
        if (layer < 0 || layer >= all.size()) {
            throw new IllegalArgumentException(
                    "layer: expected 0 to " + (all.size() - 1) + ", got " + layer + "; pass a number in that range");
        }
        return all.get(layer);
    }

    private static void length(String name, String axes, long expected, int got) {
        if (expected != got) {
            throw new IllegalArgumentException(
                    name + ": expected " + expected + " floats " + axes + ", got " + got + "; pass all heads");
        }
    }

    /** The keys of a layer as they are stored, {@code [kvHeads, pages · pageSize, format.floats(headDim)]}. */
    public float[] keys(int layer) {
        return layer(keys, layer).data();
    }

    /** The values of a layer as they are stored, {@code [kvHeads, pages · pageSize, format.floats(valueDim)]}. */
    public float[] values(int layer) {
        return layer(values, layer).data();
    }

    /**
     * A page of one layer as floats.
     *
     * @param k {@code [kvHeads, pages · pageSize, headDim]}, of which the page's places are written
     * @param v {@code [kvHeads, pages · pageSize, valueDim]}, likewise
     */
    public void decode(int layer, int page, float[] k, float[] v) {
        if (page < 0 || page >= table.pageCount()) {
            throw new IllegalArgumentException("page: expected 0 to " + (table.pageCount() - 1) + ", got " + page
                    + "; pages(sequence) of the table names a sequence's");
        }
        int places = table.pageCount() * table.pageSize();
        length("k", "[kvHeads, pages · pageSize, headDim]", (long) kvHeads * places * headDim, k.length);
        length("v", "[kvHeads, pages · pageSize, valueDim]", (long) kvHeads * places * valueDim, v.length);
        layer(keys, layer).decode(page, k);
        layer(values, layer).decode(page, v);
    }
}
