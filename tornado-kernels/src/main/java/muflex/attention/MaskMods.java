package muflex.attention;

import java.util.Random;

/**
 * Ready-made masks. Each is an ordinary {@link MaskMod} lambda: combine them with {@code and}, {@code or} and
 * {@code negate}, or read one as a pattern for your own. Positions are of query {@code q} and key {@code kv}.
 */
public final class MaskMods {

    private MaskMods() {}

    /**
     * Every key: {@code true}. Vaswani et al. 2017, encoder self-attention.
     *
     * <pre>{@code BlockMask.create(MaskMods.all(), 1, 1, 512, 512)}</pre>
     */
    public static MaskMod all() {
        return (b, h, q, kv) -> true;
    }

    /**
     * This key and earlier ones: {@code kv ≤ q}. Vaswani et al. 2017, section 3.2.3.
     *
     * <pre>{@code FlexAttention.builder(shape).mask(MaskMods.causal())}</pre>
     */
    public static MaskMod causal() {
        return (b, h, q, kv) -> kv <= q;
    }

    /**
     * Causal for queries that begin at key position {@code offset}: {@code kv ≤ q + offset}. With {@code offset = kvLength
     * − queryLength} the last query sees every key, as in chunked prefill and decoding with a cache.
     *
     * <pre>{@code MaskMods.causal(kvLength - queryLength)}</pre>
     */
    public static MaskMod causal(int offset) {
        return (b, h, q, kv) -> kv <= q + offset;
    }

    /**
     * Itself and the {@code window − 1} keys before: {@code 0 ≤ q − kv < window}. Mistral 7B, Jiang et al. 2023
     * (arXiv:2310.06825), section 2.
     *
     * <pre>{@code MaskMods.slidingWindow(4096)}</pre>
     */
    public static MaskMod slidingWindow(int window) {
        Check.atLeast("window", 1, window);
        return (b, h, q, kv) -> kv <= q && q - kv < window;
    }

    /**
     * Keys from {@code before} positions back to {@code after} ahead: {@code −after ≤ q − kv ≤ before}. Longformer's
     * local attention, Beltagy et al. 2020 (arXiv:2004.05150), section 3.1, is {@code local(w / 2, w / 2)}.
     *
     * <pre>{@code MaskMods.local(256, 256)}</pre>
     */
    public static MaskMod local(int before, int after) {
        Check.atLeast("before", 0, before);
        Check.atLeast("after", 0, after);
        return (b, h, q, kv) -> q - kv <= before && kv - q <= after;
    }

    /**
     * Every query sees the prefix, and after it attention is causal: {@code kv < prefix ∨ kv ≤ q}. Raffel et al. 2020
     * (T5, arXiv:1910.10683), "causal with prefix".
     *
     * <pre>{@code MaskMods.prefixLm(128)}</pre>
     */
    public static MaskMod prefixLm(int prefix) {
        Check.atLeast("prefix", 0, prefix);
        return (b, h, q, kv) -> kv < prefix || kv <= q;
    }

    /**
     * Keys of the query's own document, for sequences packed from several: {@code ids[q] = ids[kv]}. Krell et al. 2021
     * (arXiv:2107.02027).
     *
     * <pre>{@code MaskMods.document(ids).and(MaskMods.causal())}</pre>
     *
     * @param ids {@code [length]}, the document of each position
     */
    public static MaskMod document(int[] ids) {
        return (b, h, q, kv) -> ids[q] == ids[kv];
    }

    /**
     * Keys of the query's own document that {@code inner} allows, which sees positions counted from the document's
     * beginning: {@code ids[q] = ids[kv] ∧ inner(q − start[q], kv − start[kv])}.
     *
     * <pre>{@code MaskMods.document(ids, MaskMods.prefixLm(16)) // a prefix of 16 in every document}</pre>
     *
     * @param ids {@code [length]}, the document of each position; a document's positions are neighbours
     */
    public static MaskMod document(int[] ids, MaskMod inner) {
        int[] starts = Packing.starts(ids);
        return (b, h, q, kv) -> ids[q] == ids[kv] && inner.test(b, h, q - starts[q], kv - starts[kv]);
    }

    /**
     * Every {@code dilation}-th key, {@code window} of them, causal: {@code 0 ≤ q − kv < window · dilation ∧ (q − kv) mod
     * dilation = 0}. Longformer's dilated window, Beltagy et al. 2020 (arXiv:2004.05150), figure 2c.
     *
     * <pre>{@code MaskMods.dilated(64, 4)}</pre>
     */
    public static MaskMod dilated(int window, int dilation) {
        Check.atLeast("window", 1, window);
        Check.atLeast("dilation", 1, dilation);
        int span = Math.multiplyExact(window, dilation);
        return (b, h, q, kv) -> kv <= q && q - kv < span && (q - kv) % dilation == 0;
    }

    /**
     * The first {@code globals} positions see and are seen by all, the others see {@code window} to each side: {@code q <
     * globals ∨ kv < globals ∨ |q − kv| ≤ window}. Longformer, Beltagy et al. 2020 (arXiv:2004.05150), figure 2d.
     *
     * <pre>{@code MaskMods.globalPlusWindow(16, 256)}</pre>
     */
    public static MaskMod globalPlusWindow(int globals, int window) {
        Check.atLeast("globals", 0, globals);
        Check.atLeast("window", 0, window);
        return (b, h, q, kv) -> q < globals || kv < globals || Math.abs(q - kv) <= window;
    }

    /**
     * Neighbourhood attention on a line: the {@code kernel} keys around the query; at an end the window is moved inside, so that
     * each query sees the same number of keys. Hassani et al. 2023 (NATTEN, arXiv:2204.07143), section 3.1.
     *
     * <pre>{@code MaskMods.natten1d(1024, 63)}</pre>
     *
     * @param kernel odd, at most length
     */
    public static MaskMod natten1d(int length, int kernel) {
        int half = GridMasks.half("kernel", kernel, length);
        int last = length - 1 - half;
        return (b, h, q, kv) -> Math.abs(Math.min(Math.max(q, half), last) - kv) <= half;
    }

    /**
     * {@link #natten1d} on an image of {@code height × width} positions in row-major order: the {@code kernelHeight ×
     * kernelWidth} keys around the query.
     *
     * <pre>{@code BlockMask.create(MaskMods.natten2d(32, 32, 7, 7), 1, 1, 1024, 1024)}</pre>
     *
     * @param kernelHeight odd, at most height
     * @param kernelWidth odd, at most width
     */
    public static MaskMod natten2d(int height, int width, int kernelHeight, int kernelWidth) {
        return GridMasks.natten(1, height, width, 1, kernelHeight, kernelWidth);
    }

    /**
     * {@link #natten1d} on a video of {@code depth × height × width} positions in row-major order.
     *
     * <pre>{@code BlockMask.create(MaskMods.natten3d(8, 16, 16, 3, 5, 5), 1, 1, 2048, 2048)}</pre>
     *
     * @param kernelDepth odd, at most depth; the others likewise
     */
    public static MaskMod natten3d(
            int depth, int height, int width, int kernelDepth, int kernelHeight, int kernelWidth) {
        return GridMasks.natten(depth, height, width, kernelDepth, kernelHeight, kernelWidth);
    }

    /**
     * A mask on an image whose positions are stored tile by tile: {@code mask} is asked in row-major order. Neighbours in the
     * image are then neighbours in the sequence, and more blocks of the mask are empty. "Tiled NATTEN" is this of {@link
     * #natten2d}; on a line both orders are the same. Hassani et al. 2024 (arXiv:2403.04690), section 3.
     *
     * <pre>{@code MaskMods.inTiles2d(MaskMods.natten2d(32, 32, 7, 7), 32, 32, 8, 8)}</pre>
     *
     * @param tileHeight divides height
     * @param tileWidth divides width
     */
    public static MaskMod inTiles2d(MaskMod mask, int height, int width, int tileHeight, int tileWidth) {
        return GridMasks.inTiles(mask, 1, height, width, 1, tileHeight, tileWidth);
    }

    /**
     * {@link #inTiles2d} on a video.
     *
     * <pre>{@code MaskMods.inTiles3d(MaskMods.natten3d(8, 16, 16, 3, 5, 5), 8, 16, 16, 2, 4, 4)}</pre>
     *
     * @param tileDepth divides depth; the others likewise
     */
    public static MaskMod inTiles3d(
            MaskMod mask, int depth, int height, int width, int tileDepth, int tileHeight, int tileWidth) {
        return GridMasks.inTiles(mask, depth, height, width, tileDepth, tileHeight, tileWidth);
    }

    /**
     * Sliding tile attention on an image stored tile by tile: all queries of a tile see the same {@code window} of whole tiles,
     * so that with blocks of one tile no block is partial. Zhang et al. 2025 (STA, arXiv:2502.04507), section 3.
     *
     * <pre>{@code MaskMods.slidingTile2d(32, 32, 24, 24, 8, 8) // 3 × 3 tiles of 64 positions}</pre>
     *
     * @param windowHeight an odd number of tiles, in positions
     * @param windowWidth an odd number of tiles, in positions
     * @param tileHeight divides height
     * @param tileWidth divides width
     */
    public static MaskMod slidingTile2d(
            int height, int width, int windowHeight, int windowWidth, int tileHeight, int tileWidth) {
        return GridMasks.slidingTile(1, height, width, 1, windowHeight, windowWidth, 1, tileHeight, tileWidth);
    }

    /**
     * {@link #slidingTile2d} on a video, which it was made for.
     *
     * <pre>{@code MaskMods.slidingTile3d(12, 24, 24, 6, 12, 24, 2, 4, 8)}</pre>
     *
     * @param windowDepth an odd number of tiles, in positions; the others likewise
     * @param tileDepth divides depth; the others likewise
     */
    public static MaskMod slidingTile3d(
            int depth,
            int height,
            int width,
            int windowDepth,
            int windowHeight,
            int windowWidth,
            int tileDepth,
            int tileHeight,
            int tileWidth) {
        return GridMasks.slidingTile(
                depth, height, width, windowDepth, windowHeight, windowWidth, tileDepth, tileHeight, tileWidth);
    }

    /**
     * Training of block diffusion on {@code [noised; clean]}, two copies of a sequence of {@code length}: a noised block
     * sees itself and the clean blocks before it, a clean block sees the clean blocks up to itself. Arriola et al. 2025
     * (BD3-LM, arXiv:2503.09573).
     *
     * <pre>{@code BlockMask.create(MaskMods.blockDiffusion(1024, 16), 1, 1, 2048, 2048)}</pre>
     *
     * @param length of one copy; query and key length are twice this
     */
    public static MaskMod blockDiffusion(int length, int block) {
        Check.atLeast("length", 1, length);
        Check.atLeast("block", 1, block);
        return (b, h, q, kv) -> {
            int queryBlock = (q < length ? q : q - length) / block;
            int kvBlock = (kv < length ? kv : kv - length) / block;
            if (kv < length) {
                return q < length && queryBlock == kvBlock;
            }
            return q < length ? kvBlock < queryBlock : kvBlock <= queryBlock;
        };
    }

    /**
     * Several continuations of one prefix, packed one after the other: causal, and each continuation sees the prefix and
     * itself. Juravsky et al. 2024 (Hydragen, arXiv:2402.05099).
     *
     * <pre>{@code MaskMods.sharedPrefix(512, 64) // prefix of 512, then branches of 64 each}</pre>
     */
    public static MaskMod sharedPrefix(int prefix, int branch) {
        Check.atLeast("prefix", 0, prefix);
        Check.atLeast("branch", 1, branch);
        return (b, h, q, kv) -> kv <= q && (kv < prefix || (q - prefix) / branch == (kv - prefix) / branch);
    }

    /**
     * Keys that are not padding: {@code kv < lengths[b]}.
     *
     * <pre>{@code BlockMask.create(MaskMods.padding(lengths), lengths.length, 1, 512, 512)}</pre>
     *
     * @param lengths {@code [batch]}
     */
    public static MaskMod padding(int[] lengths) {
        return (b, h, q, kv) -> kv < lengths[b];
    }

    /**
     * {@link #document(int[])} of sequences that lie one after the other, given by where each begins.
     *
     * <pre>{@code MaskMods.packed(new int[] {0, 100, 400, 512}).and(MaskMods.causal()) // lengths 100, 300 and 112}</pre>
     *
     * @param cumulativeLengths {@code [sequences + 1]}, ascending, from 0 to the packed length; an empty sequence is allowed
     */
    public static MaskMod packed(int[] cumulativeLengths) {
        return document(documents(cumulativeLengths));
    }

    /**
     * {@link #packed(int[])} with a mask that sees positions counted from the sequence's beginning, as in {@link
     * #document(int[], MaskMod)}.
     *
     * <pre>{@code MaskMods.packed(cumulativeLengths, MaskMods.slidingWindow(64))}</pre>
     */
    public static MaskMod packed(int[] cumulativeLengths, MaskMod inner) {
        return document(documents(cumulativeLengths), inner);
    }

    /** The document of each position, {@code [last of cumulativeLengths]}, as {@link #document(int[])} takes it. */
    public static int[] documents(int[] cumulativeLengths) {
        return Packing.documents(cumulativeLengths);
    }

    /**
     * Short sequences of {@code size} each, laid one after the other: each sees itself, as {@code inner} allows. A batch
     * without a batch axis; FlexAttention's "batchify".
     *
     * <pre>{@code MaskMods.batchify(MaskMods.causal(), 64)}</pre>
     */
    public static MaskMod batchify(MaskMod inner, int size) {
        Check.atLeast("size", 1, size);
        return (b, h, q, kv) -> q / size == kv / size && inner.test(b, h, q % size, kv % size);
    }

    /**
     * The last {@code stride} keys, and of the earlier ones every {@code stride}-th: {@code kv ≤ q ∧ (q − kv < stride ∨ (q − kv)
     * mod stride = 0)}. Child et al. 2019 (Sparse Transformer, arXiv:1904.10509), section 4.2, both heads in one.
     *
     * <pre>{@code MaskMods.strided(128)}</pre>
     */
    public static MaskMod strided(int stride) {
        Check.atLeast("stride", 1, stride);
        return (b, h, q, kv) -> kv <= q && (q - kv < stride || (q - kv) % stride == 0);
    }

    /**
     * Each block of queries sees {@code random} blocks of keys, drawn without replacement; the same for every batch and head. With
     * {@link #globalPlusWindow} it is BigBird: Zaheer et al. 2020 (arXiv:2007.14062), section 2.
     *
     * <pre>{@code MaskMods.randomBlocks(1024, 64, 3, 7).or(MaskMods.globalPlusWindow(64, 96))}</pre>
     *
     * @param length of queries and of keys
     * @param random at most the number of blocks
     */
    public static MaskMod randomBlocks(int length, int block, int random, long seed) {
        Check.atLeast("length", 1, length);
        Check.atLeast("block", 1, block);
        int blocks = Math.ceilDiv(length, block);
        Check.range("random", 0, blocks, random);
        byte[] allowed = drawn(blocks, random, new Random(seed));
        return (b, h, q, kv) -> allowed[q / block * blocks + kv / block] != 0;
    }

    /** {@code [blocks][blocks]}: 1 in {@code random} places of each row. */
    private static byte[] drawn(int blocks, int random, Random draws) {
        byte[] allowed = new byte[Math.multiplyExact(blocks, blocks)];
        for (int row = 0; row < blocks; row++) {
            // Floyd's sampling: one draw each, none twice.
            for (int last = blocks - random; last < blocks; last++) {
                int drawn = row * blocks + draws.nextInt(last + 1);
                allowed[allowed[drawn] == 0 ? drawn : row * blocks + last] = 1;
            }
        }
        return allowed;
    }

    /**
     * A tree of guessed tokens behind a text, for speculative decoding: each sees the {@code prefix} keys before the tree, its
     * ancestors and itself. Miao et al. 2024 (SpecInfer, arXiv:2305.09781), section 4.2. Queries are the tree's nodes.
     *
     * <pre>{@code MaskMods.tree(100, new int[] {-1, 0, 0, 1}) // a root, two children, one grandchild}</pre>
     *
     * @param prefix keys before the tree; node i is key {@code prefix + i}
     * @param parents {@code [nodes]}, each node's parent, which comes before it; −1 for a root
     */
    public static MaskMod tree(int prefix, int[] parents) {
        Check.atLeast("prefix", 0, prefix);
        int[][] order = treeOrder(parents);
        int[] enter = order[0];
        int[] exit = order[1];
        return (b, h, q, kv) -> kv < prefix || (enter[kv - prefix] <= enter[q] && enter[q] < exit[kv - prefix]);
    }

    /**
     * A walk through such a tree, each node before its children: node {@code a} is {@code b} or above it where {@code enter[a] ≤
     * enter[b] < exit[a]}.
     *
     * @return enter and exit, {@code [2][nodes]}
     */
    public static int[][] treeOrder(int[] parents) {
        TreeOrder order = TreeOrder.of(parents);
        return new int[][] {order.enter(), order.exit()};
    }

    /**
     * Cross-attention of a text to the image before it: text position {@code q} sees the {@code tokens} keys of image {@code
     * imageOf[q]}. Alayrac et al. 2022 (Flamingo, arXiv:2204.14198), section 2.3.
     *
     * <pre>{@code MaskMods.flamingo(new int[] {-1, 0, 0, 1, 1}, 64)}</pre>
     *
     * @param imageOf {@code [queryLength]}, the last image before each position; −1 for none, whose output is 0
     * @param tokens keys of an image; image i is keys {@code i · tokens} to {@code (i + 1) · tokens − 1}
     */
    public static MaskMod flamingo(int[] imageOf, int tokens) {
        Check.atLeast("tokens", 1, tokens);
        return (b, h, q, kv) -> imageOf[q] == kv / tokens;
    }
}
