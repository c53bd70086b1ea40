package muflex.kernels;

/**
 * The sizes that the attention kernels take as one {@code int[]}: what each index holds. Tiles are
 * {@value #TILE} × {@value #TILE} pairs of queries and keys; a tile never straddles two blocks of the mask, so a block of
 * the mask is cut into {@code ⌈block / 64⌉} tiles a side.
 *
 * <p>Which tiles a mask leaves alive is given as <em>spans</em>: for each tile of queries the ranges of keys that it
 * attends to, for each tile of keys the ranges of queries that attend to it. Span i is {@code spans[2i]} to
 * {@code spans[2i + 1] >> 1}, exclusive; the low bit of the latter is 1 where the mask allows every pair, and 0 where the
 * kernel must ask it. The spans of tile t of (b, h) are those from {@code starts[row]} to {@code starts[row + 1]}, row =
 * {@code ((b mod MASK_BATCH) · MASK_HEADS + h mod MASK_HEADS) · tiles + t}.
 */
public final class AttentionSizes {
    /** Queries, and keys, in a tile. */
    public static final int TILE = 64;

    /** Query heads. */
    public static final int HEADS = 0;

    /** Query heads to a key head. */
    public static final int GROUP = 1;

    public static final int QUERIES = 2;
    public static final int KEYS = 3;
    public static final int HEAD_DIM = 4;
    public static final int VALUE_DIM = 5;
    public static final int MASK_BATCH = 6;
    public static final int MASK_HEADS = 7;

    /** Queries in a block of the mask. */
    public static final int QUERY_BLOCK = 8;

    /** Keys in a block of the mask. */
    public static final int KEY_BLOCK = 9;

    /** Batches. */
    public static final int BATCH = 10;

    /** Entries of such an array. */
    public static final int COUNT = 11;

    private AttentionSizes() {}

    /** Tiles that {@code length} queries (or keys) make, in blocks of the mask of {@code block}. */
    public static int tiles(int length, int block) {
        return tiles(length, block, TILE);
    }

    /** {@link #tiles(int, int)} of {@code tile} queries. */
    public static int tiles(int length, int block, int tile) {
        int whole = length / block;
        int rest = length - whole * block;
        return whole * tilesOf(block, tile) + tilesOf(rest, tile);
    }

    /** The first query (or key) of tile {@code t}. */
    public static int tileStart(int t, int block) {
        return tileStart(t, block, TILE);
    }

    /** {@link #tileStart(int, int)} where tiles are of {@code tile} queries. */
    public static int tileStart(int t, int block, int tile) {
        int perBlock = tilesOf(block, tile);
        return t / perBlock * block + t % perBlock * tile;
    }

    /** The tile of query (or key) {@code index}. */
    public static int tileOf(int index, int block) {
        return index / block * tilesOf(block, TILE) + index % block / TILE;
    }

    /** One past the last query (or key) of the tile that starts at {@code start}. */
    public static int tileEnd(int start, int block, int length) {
        return tileEnd(start, block, length, TILE);
    }

    /** {@link #tileEnd(int, int, int)} where tiles are of {@code tile} queries. */
    public static int tileEnd(int start, int block, int length, int tile) {
        int blockEnd = (start / block + 1) * block;
        return Math.min(Math.min(start + tile, blockEnd), length);
    }

    /** The row of {@code starts} of tile {@code t} of (b, h), of {@code tiles} a head. */
    public static int row(int[] sizes, int b, int h, int tiles, int t) {
        return (b % sizes[MASK_BATCH] * sizes[MASK_HEADS] + h % sizes[MASK_HEADS]) * tiles + t;
    }

    private static int tilesOf(int n, int tile) {
        return (n + tile - 1) / tile;
    }
}
