package muflex;

import java.util.Arrays;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.MaskMod;
import muflex.attention.ScoreMod;
import muflex.engine.Device;
import muflex.engine.Devices;
import muflex.paging.PageTable;
import muflex.paging.PagedKvCache;
import muflex.paging.PagedTables;
import org.jspecify.annotations.Nullable;

/**
 * Attention of new tokens of several sequences, of any lengths, to their keys in a {@link PagedKvCache}: decoding (one query a
 * sequence), chunked prefill (a chunk of its tokens), and verifying a tree of guessed tokens. Compiled once; sequences, lengths and pages
 * may be others at each call.
 *
 * <p>It is one {@link FlexAttention} over all pages as they lie in memory (PagedAttention, Kwon et al. 2023, arXiv:2309.06180): captured
 * tables say which token of which sequence a place holds, and the block lists of a {@linkplain BlockMask#changing changing} mask name the
 * pages of each sequence, so that no other page is read. Score mods and masks see logical positions, and as {@code b} the place of
 * the sequence in the call.
 *
 * <p>{@code splits} deals the pages of a sequence to so many parts whose results are merged by lse (Flash-Decoding, Dao et al. 2023): for
 * few sequences and heads on many cores of a GPU. On {@code cpu} they gain nothing, since its kernel for few queries splits keys by itself.
 *
 * <pre>{@code
 * try (PagedAttention decode = PagedAttention.builder(cache, 8).batch(16).build()) {
 *     cache.table().append(sequence, 1);
 *     cache.write(layer, sequence, position, 1, k, v);
 *     AttentionResult result = decode.forward(layer, new int[] {sequence}, new int[] {1}, q);
 * }
 * }</pre>
 *
 * <p>On {@code cpu}, built for few {@linkplain Builder#queries queries} (8, and 64 of all heads that share a key head), every format is
 * read where it lies, unless the mask reads the head where heads share keys. Else caches that are not in floats are read through a float
 * copy: room for a layer is kept, and the pages in use are copied at each call. On devices with memory of their own every call copies the
 * whole cache of the layer there.
 */
public final class PagedAttention implements AutoCloseable {

    private final PagedKvCache cache;
    private final PagedTables tables;
    private final int queryHeads;
    private final int batch;
    private final int queries;
    private final int splits;
    private final FlexAttention attention;
    private final float[] q;
    private final AttentionResult parts;

    /** The pages in use as floats where the device does not read the cache's format; else empty. */
    private final float[] decodedKeys;

    private final float[] decodedValues;

    private PagedAttention(Builder builder) {
        cache = builder.cache;
        queryHeads = builder.queryHeads;
        batch = builder.batch;
        queries = builder.queries;
        splits = builder.splits;
        PageTable table = cache.table();
        int dim = Math.max(cache.headDim(), cache.valueDim());
        Arguments.fits("[batch, splits, queries, queryHeads, dim]", batch, splits, queries, queryHeads, dim);
        Arguments.fits("[batch, splits, pages]", batch, splits, table.pageCount());
        int slots = batch * splits;
        tables = new PagedTables(table, slots, queries, splits, queryHeads, builder.mask);
        int places = table.pageCount() * table.pageSize();
        AttentionShape shape = new AttentionShape(
                1, queryHeads, cache.kvHeads(), slots * queries, places, cache.headDim(), cache.valueDim());
        FlexAttention.Builder options = FlexAttention.builder(shape)
                .blockMask(tables.blocks())
                .device(builder.device == null ? Devices.auto() : builder.device)
                .scale(builder.scale == null ? shape.defaultScale() : builder.scale);
        attention = (builder.scoreMod == null ? options : options.scoreMod(tables.scoreMod(builder.scoreMod))).build();
        q = new float[shape.querySize()];
        parts = attention.newResult();
        boolean inPlace = attention.reads(cache.format());
        decodedKeys = inPlace ? new float[0] : new float[shape.keySize()];
        decodedValues = inPlace ? new float[0] : new float[shape.valueSize()];
    }

    /** Attention over this cache with so many query heads, a multiple of its key heads. */
    public static Builder builder(PagedKvCache cache, int queryHeads) {
        return new Builder(cache, queryHeads);
    }

    /** The operation over all places of the cache. */
    public FlexAttention attention() {
        return attention;
    }

    /**
     * Attention of the last tokens of each sequence, causal. Their keys and values are in the cache already.
     *
     * @param layer of the cache
     * @param sequences at most {@code batch} of them
     * @param counts how many tokens of each are new, from 1 to {@code queries}
     * @param newQ {@code [sequences, queryHeads, queries, headDim]}; rows past a sequence's count are not read
     * @return out {@code [sequences, queryHeads, queries, valueDim]} and lse {@code [sequences, queryHeads, queries]}; 0 and −∞ past a
     *     sequence's count
     */
    public AttentionResult forward(int layer, int[] sequences, int[] counts, float[] newQ) {
        Arguments.count("counts", "[sequences]", sequences.length, counts.length);
        int[][] chains = new int[counts.length][];
        for (int i = 0; i < counts.length; i++) {
            chains[i] = new int[Math.max(0, counts[i])];
            Arrays.setAll(chains[i], node -> node - 1);
        }
        return verify(layer, sequences, chains, newQ);
    }

    /**
     * Attention of trees of guessed tokens, the last tokens of each sequence: a node sees the text before the tree, its ancestors and
     * itself. Its position is that of its depth. SpecInfer, Miao et al. 2024 (arXiv:2305.09781), section 4.2.
     *
     * @param parents {@code [sequences][nodes]}, each node's parent, which comes before it; −1 for a root
     * @return as {@link #forward}
     */
    public AttentionResult verify(int layer, int[] sequences, int[][] parents, float[] newQ) {
        check(layer, sequences, parents, newQ);
        tables.fill(sequences, parents);
        attention.replaceMask(tables.filled());
        int row = queries * cache.headDim();
        for (int s = 0; s < sequences.length; s++) {
            for (int part = 0; part < splits; part++) {
                for (int h = 0; h < queryHeads; h++) {
                    int to = (h * batch * splits + s * splits + part) * row;
                    System.arraycopy(newQ, (s * queryHeads + h) * row, q, to, row);
                }
            }
        }
        attend(layer);
        return gather(sequences.length, parents);
    }

    private void attend(int layer) {
        if (attention.reads(cache.format())) {
            attention.forward(cache.format(), q, cache.keys(layer), cache.values(layer), parts);
        } else {
            tables.used().parallelStream().forEach(page -> cache.decode(layer, page, decodedKeys, decodedValues));
            attention.forward(q, decodedKeys, decodedValues, parts);
        }
    }

    private void check(int layer, int[] sequences, int[][] parents, float[] newQ) {
        Arguments.range("layer", 0, cache.layers() - 1, layer);
        Arguments.range("sequences", 1, batch, sequences.length);
        Arguments.count("parents", "[sequences]", sequences.length, parents.length);
        for (int i = 0; i < sequences.length; i++) {
            int most = Math.min(queries, cache.table().length(sequences[i]));
            Arguments.range("counts[" + i + "]", 1, most, parents[i].length);
        }
        Arguments.length(
                "q",
                "[sequences " + sequences.length + ", queryHeads " + queryHeads + ", queries " + queries + ", headDim "
                        + cache.headDim() + "]",
                sequences.length * queryHeads * queries * cache.headDim(),
                newQ);
    }

    /** Parts merged by lse: {@code out = Σ exp(lseᵢ − lse) · outᵢ}. */
    private AttentionResult gather(int sequences, int[][] parents) {
        int dim = cache.valueDim();
        AttentionResult result = new AttentionResult(
                new float[sequences * queryHeads * queries * dim], new float[sequences * queryHeads * queries]);
        Arrays.fill(result.lse(), Float.NEGATIVE_INFINITY);
        for (int s = 0; s < sequences; s++) {
            for (int h = 0; h < queryHeads; h++) {
                for (int i = 0; i < parents[s].length; i++) {
                    int from = (h * batch * splits + s * splits) * queries + i;
                    merge(from, (s * queryHeads + h) * queries + i, dim, result);
                }
            }
        }
        return result;
    }

    private void merge(int from, int to, int dim, AttentionResult result) {
        double max = Double.NEGATIVE_INFINITY;
        for (int part = 0; part < splits; part++) {
            max = Math.max(max, parts.lse()[from + part * queries]);
        }
        double sum = 0;
        for (int part = 0; part < splits && max > Double.NEGATIVE_INFINITY; part++) {
            sum += Math.exp(parts.lse()[from + part * queries] - max);
        }
        result.lse()[to] = (float) (max + Math.log(sum));
        for (int part = 0; part < splits && sum > 0; part++) {
            int row = from + part * queries;
            float weight = (float) (Math.exp(parts.lse()[row] - max) / sum);
            for (int d = 0; d < dim; d++) {
                result.out()[to * dim + d] += weight * parts.out()[row * dim + d];
            }
        }
    }

    @Override
    public void close() {
        attention.close();
    }

    /** What to compile. */
    public static final class Builder {
        private final PagedKvCache cache;
        private final int queryHeads;
        private int batch = 1;
        private int queries = 1;
        private int splits = 1;
        private @Nullable Float scale;
        private @Nullable ScoreMod scoreMod;
        private @Nullable MaskMod mask;
        private @Nullable Device device;

        private Builder(PagedKvCache cache, int queryHeads) {
            this.cache = cache;
            this.queryHeads = queryHeads;
        }

        /** Sequences in a call at most; 1 if not given. */
        public Builder batch(int sequences) {
            Arguments.range("batch", 1, 1 << 20, sequences);
            batch = sequences;
            return this;
        }

        /** New tokens of a sequence in a call at most: a chunk, or the nodes of a tree; 1 if not given. */
        public Builder queries(int tokens) {
            Arguments.range("queries", 1, 1 << 20, tokens);
            queries = tokens;
            return this;
        }

        /** Parts into which the pages of a sequence are dealt; 1 if not given. */
        public Builder splits(int parts) {
            Arguments.range("splits", 1, 1 << 10, parts);
            splits = parts;
            return this;
        }

        /** See {@link FlexAttention.Builder#scale}. */
        public Builder scale(float newScale) {
            scale = newScale;
            return this;
        }

        /** Changes each score; {@code q} and {@code kv} are positions in the sequence, {@code b} its place in the call. */
        public Builder scoreMod(ScoreMod newScoreMod) {
            scoreMod = newScoreMod;
            return this;
        }

        /** Forbids more than causality does; indices as for the score mod. Pages of which it allows nothing are not read. */
        public Builder mask(MaskMod newMask) {
            mask = newMask;
            return this;
        }

        /** Where it runs; {@link Devices#auto()} if not given. */
        public Builder device(Device newDevice) {
            device = newDevice;
            return this;
        }

        /** Compiles it. */
        public PagedAttention build() {
            return new PagedAttention(this);
        }
    }
}
