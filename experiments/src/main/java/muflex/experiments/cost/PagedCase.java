package muflex.experiments.cost;

import java.util.Arrays;
import java.util.function.Supplier;
import muflex.AttentionResult;
import muflex.PagedAttention;
import muflex.attention.AttentionShape;
import muflex.engine.Device;
import muflex.experiments.compare.Tensors;
import muflex.paging.KvFormat;
import muflex.paging.PagedKvCache;

/** Sequences in pages, with the keys and values of a batch as one array, and attention of their last tokens. */
final class PagedCase implements AutoCloseable {

    static final int DIM = 64;
    private static final int PAGE = 128;

    private final int[] sequences;
    private final int[][] parents;
    private final PagedKvCache cache;
    private final PagedAttention attention;
    private final float[] q;

    /**
     * Fills the pages.
     *
     * @param shape batch and lengths; its queries are each sequence's last tokens
     * @param inputs in that shape
     */
    PagedCase(AttentionShape shape, Tensors inputs, KvFormat format, int splits, int[] tree, Device device) {
        int keys = shape.kvLength();
        int heads = shape.kvHeads();
        int pages = shape.batch() * Math.ceilDiv(keys, PAGE);
        cache = new PagedKvCache(1, heads, DIM, DIM, pages, PAGE, format);
        sequences = new int[shape.batch()];
        parents = new int[shape.batch()][];
        int size = heads * keys * DIM;
        for (int b = 0; b < sequences.length; b++) {
            sequences[b] = cache.table().create();
            parents[b] = tree;
            cache.table().append(sequences[b], keys);
            cache.write(
                    0,
                    sequences[b],
                    0,
                    keys,
                    Arrays.copyOfRange(inputs.k(), b * size, (b + 1) * size),
                    Arrays.copyOfRange(inputs.v(), b * size, (b + 1) * size));
        }
        q = inputs.q();
        attention = PagedAttention.builder(cache, shape.queryHeads())
                .batch(shape.batch())
                .queries(shape.queryLength())
                .splits(splits)
                .device(device)
                .build();
    }

    /** The same with keys and values that nobody else has, as pages hold theirs. */
    static Tensors withOwnCache(Tensors inputs) {
        return new Tensors(inputs.q(), inputs.k().clone(), inputs.v().clone(), inputs.dOut());
    }

    /** Each token's parent is the one before it. */
    static int[] chain(int tokens) {
        int[] parents = new int[tokens];
        Arrays.setAll(parents, node -> node - 1);
        return parents;
    }

    /** Bytes that one more of these takes after a call, its pages among them; see {@link Footprint}. */
    static long held(Supplier<PagedCase> make) {
        return Footprint.of(() -> {
            PagedCase paged = make.get();
            paged.forward();
            return paged::close;
        });
    }

    AttentionResult forward() {
        return attention.verify(0, sequences, parents, q);
    }

    @Override
    public void close() {
        attention.close();
    }
}
