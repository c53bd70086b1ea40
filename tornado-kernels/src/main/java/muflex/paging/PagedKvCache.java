package muflex.paging;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keys and values of many sequences in pages, for all layers of a model. {@link #table} says who has which page: append tokens
 * there, then write their keys and values in every layer.
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
        table = new PageTable(pages, pageSize, this::copy);
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

    private void copy(int from, int to) {
        keys.forEach(pages -> pages.copy(from, to));
        values.forEach(pages -> pages.copy(from, to));
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
     * Stores keys and values of one layer for tokens that were appended.
     *
     * @param first the position of the first of them
     * @param k {@code [kvHeads, tokens, headDim]}
     * @param v {@code [kvHeads, tokens, valueDim]}
     */
    public void write(int layer, int sequence, int first, int tokens, float[] k, float[] v) {
        length("k", "[kvHeads, tokens, headDim]", kvHeads * tokens * headDim, k.length);
        length("v", "[kvHeads, tokens, valueDim]", kvHeads * tokens * valueDim, v.length);
        for (int i = tokens - 1; i >= 0; i--) { // the last first: it is refused if it was not appended
            int slot = table.slot(sequence, first + i);
            if (table.users(slot / table.pageSize()) > 1) {
                throw new IllegalStateException(
                        "position: expected one of a page that sequence " + sequence + " has alone, got " + (first + i)
                                + ", which others share; write what was appended since fork");
            }
            for (int head = 0; head < kvHeads; head++) {
                keys.get(layer).write(head, slot, k, (head * tokens + i) * headDim);
                values.get(layer).write(head, slot, v, (head * tokens + i) * valueDim);
            }
        }
    }

    private static void length(String name, String axes, int expected, int got) {
        if (expected != got) {
            throw new IllegalArgumentException(
                    name + ": expected " + expected + " floats " + axes + ", got " + got + "; pass all heads' tokens");
        }
    }

    /** The keys of a layer themselves, {@code [kvHeads, pages · pageSize, headDim]}; null if they are not stored in floats. */
    public float @Nullable [] keys(int layer) {
        return keys.get(layer).floats();
    }

    /** The values of a layer themselves, {@code [kvHeads, pages · pageSize, valueDim]}; null if they are not stored in floats. */
    public float @Nullable [] values(int layer) {
        return values.get(layer).floats();
    }

    /**
     * A page of one layer as floats, at its place in arrays of the shapes of {@link #keys} and {@link #values}. For formats other than
     * {@link KvFormat#FLOAT}.
     */
    public void decode(int layer, int page, float[] k, float[] v) {
        keys.get(layer).decode(page, k);
        values.get(layer).decode(page, v);
    }
}
