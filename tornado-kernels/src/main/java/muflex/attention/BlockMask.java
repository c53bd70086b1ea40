package muflex.attention;

import java.util.Arrays;
import muflex.expr.Lifted;
import org.jspecify.annotations.Nullable;

/**
 * A mask, with the blocks of the score matrix that it touches. A block of {@code queryBlock × kvBlock} elements is
 * <em>full</em> if the mask allows all of them, <em>partial</em> if it allows some; a block that is in neither list is
 * skipped by every engine. Elements past the end of a ragged last block don't count.
 *
 * <p>The lists are the truth: a full block's elements are all attended to, whatever the mask says, and only in partial
 * blocks is the mask asked.
 *
 * <p>A mask of batch or head size 1 is for every batch or head. A block mask is made once from the mask's captures as
 * they are then; it doesn't follow them if they change.
 *
 * <pre>{@code
 * BlockMask causal = BlockMask.create(MaskMods.causal(), 1, 1, 2048, 2048);
 * causal.sparsity(); // 46.875
 * }</pre>
 */
public final class BlockMask {

    /** The block size in both directions where none is given. */
    public static final int DEFAULT_BLOCK = 128;

    /** What a mask does to one block. */
    public enum Block {
        EMPTY,
        PARTIAL,
        FULL
    }

    private final LiftableMask asked;
    private final Grid grid;
    private final BlockLists lists;
    private final boolean changing;
    private volatile @Nullable BlockLists transposed;

    private BlockMask(LiftableMask asked, Grid grid, BlockLists lists) {
        this(asked, grid, lists, false);
    }

    private BlockMask(LiftableMask asked, Grid grid, BlockLists lists, boolean changing) {
        this.changing = changing;
        this.asked = asked;
        this.grid = grid;
        this.lists = lists;
    }

    /** {@link #create(MaskMod, int, int, int, int, int, int)} with blocks of 128 × 128. */
    public static BlockMask create(MaskMod mask, int batch, int heads, int queryLength, int kvLength) {
        return create(mask, batch, heads, queryLength, kvLength, DEFAULT_BLOCK, DEFAULT_BLOCK);
    }

    /**
     * Classes every block of {@code [batch, heads, queryLength, kvLength]} exactly.
     *
     * @param batch the mask's batch size, or 1 for every batch
     * @param heads the mask's number of query heads, or 1 for every head
     */
    public static BlockMask create(
            MaskMod mask, int batch, int heads, int queryLength, int kvLength, int queryBlock, int kvBlock) {
        return create(new LiftableMask(mask, false), batch, heads, queryLength, kvLength, queryBlock, kvBlock);
    }

    /**
     * As {@link #create(MaskMod, int, int, int, int, int, int)}, for a mask whose bytecode can't be read: nothing is lifted
     * and every block is evaluated. It serves operations built with {@code interpret}.
     */
    public static BlockMask interpreted(
            MaskMod mask, int batch, int heads, int queryLength, int kvLength, int queryBlock, int kvBlock) {
        return create(new LiftableMask(mask, true), batch, heads, queryLength, kvLength, queryBlock, kvBlock);
    }

    private static BlockMask create(
            LiftableMask asked, int batch, int heads, int queryLength, int kvLength, int queryBlock, int kvBlock) {
        Grid grid = new Grid(
                batch,
                heads,
                queryLength,
                kvLength,
                queryBlock,
                kvBlock,
                asked.mayRead(LiftableMask.BATCH) ? batch : 1,
                asked.mayRead(LiftableMask.HEAD) ? heads : 1);
        try {
            return new BlockMask(asked, grid, new Classifier(asked, grid).classify());
        } catch (ArrayIndexOutOfBoundsException e) {
            Throwable first = e;
            while (first.getCause() != null) { // another thread's exception comes wrapped
                first = first.getCause();
            }
            throw new IllegalArgumentException(
                    "mask: expected captured arrays that hold every index it reads, got \"" + first.getMessage()
                            + "\"; capture a larger array, or ask for its index first: q < ids.length && ids[q] == 0",
                    e);
        }
    }

    /**
     * Takes the lists as they are given: the mask is asked in {@code partial} blocks only, and nothing is checked against
     * it.
     *
     * @param partial key blocks to ask the mask in, {@code [batch][heads][queryBlocks][any]}
     * @param full key blocks to take whole, {@code [batch][heads][queryBlocks][any]}
     */
    public static BlockMask fromKvBlocks(
            MaskMod mask,
            int queryLength,
            int kvLength,
            int queryBlock,
            int kvBlock,
            int[][][][] partial,
            int[][][][] full) {
        int batch = partial.length;
        int heads = batch == 0 ? 0 : partial[0].length;
        Grid grid = new Grid(batch, heads, queryLength, kvLength, queryBlock, kvBlock, batch, heads);
        return new BlockMask(new LiftableMask(mask, false), grid, BlockAlgebra.fromLists(grid, partial, full));
    }

    /**
     * Elements that both allow. The two agree in lengths and block sizes; a batch or head size of 1 broadcasts. The
     * combined mask is asked wherever either block is partial, so lists given by hand should agree with their mask.
     */
    public BlockMask and(BlockMask other) {
        return combine(other, true, mask().and(other.mask()));
    }

    /** Elements that either allows; as {@link #and}. */
    public BlockMask or(BlockMask other) {
        return combine(other, false, mask().or(other.mask()));
    }

    private BlockMask combine(BlockMask other, boolean and, MaskMod both) {
        Grid result = grid.broadcast(other.grid);
        LiftableMask combined = new LiftableMask(both, asked.interpreted() || other.asked.interpreted());
        return new BlockMask(
                combined, result, BlockAlgebra.combine(this, other, and, result, new Classifier(combined, result)));
    }

    /**
     * The same mask for shorter sequences: one mask, made for the longest, serves them all.
     *
     * <pre>{@code BlockMask.create(MaskMods.causal(), 1, 1, 8192, 8192).adjust(length, length)}</pre>
     *
     * @param queryLength from 1 to {@link #queryLength()}
     * @param kvLength from 1 to {@link #kvLength()}
     */
    public BlockMask adjust(int queryLength, int kvLength) {
        range("queryLength", 1, queryLength(), queryLength, "make the mask for the longest sequence");
        range("kvLength", 1, kvLength(), kvLength, "make the mask for the longest sequence");
        Grid result = grid.withLengths(queryLength, kvLength);
        return new BlockMask(asked, result, BlockAlgebra.adjust(this, result, new Classifier(asked, result)));
    }

    /**
     * The part for some batches, heads and queries, all counted from 0 again; ends are exclusive. Where the mask
     * broadcasts, take the range 0 to 1. The result's {@link #mask()} adds the offsets back.
     *
     * <pre>{@code mask.slice(0, 1, 0, 1, 3, 4) // queries 384 to 511 of a mask with blocks of 128}</pre>
     */
    public BlockMask slice(
            int firstBatch, int batchEnd, int firstHead, int headEnd, int firstQueryBlock, int queryBlockEnd) {
        range("firstBatch", 0, batch() - 1, firstBatch, "stay within the mask");
        range("batchEnd", firstBatch + 1, batch(), batchEnd, "stay within the mask");
        range("firstHead", 0, heads() - 1, firstHead, "stay within the mask");
        range("headEnd", firstHead + 1, heads(), headEnd, "stay within the mask");
        range("firstQueryBlock", 0, queryBlocks() - 1, firstQueryBlock, "stay within the mask");
        range("queryBlockEnd", firstQueryBlock + 1, queryBlocks(), queryBlockEnd, "stay within the mask");
        int firstQuery = firstQueryBlock * queryBlock();
        int queries = grid.queryEnd(queryBlockEnd - 1) - firstQuery;
        Grid result = grid.sliced(batchEnd - firstBatch, headEnd - firstHead, queries);
        return new BlockMask(
                new LiftableMask(
                        shift(mask(), firstBatch, batchEnd, firstHead, headEnd, firstQuery), asked.interpreted()),
                result,
                BlockAlgebra.slice(this, result, firstBatch, firstHead, firstQueryBlock));
    }

    /** A single batch or head broadcasts from then on, so its index is fixed rather than shifted. */
    private static MaskMod shift(
            MaskMod mask, int firstBatch, int batchEnd, int firstHead, int headEnd, int firstQuery) {
        int moreBatch = batchEnd - firstBatch > 1 ? 1 : 0;
        int moreHead = headEnd - firstHead > 1 ? 1 : 0;
        return (b, h, q, kv) -> mask.test(firstBatch + moreBatch * b, firstHead + moreHead * h, firstQuery + q, kv);
    }

    /**
     * This mask for an operation whose block lists may be replaced while it is in use, without compiling anything: {@code
     * FlexAttention.replaceMask}. It is how keys are added to a cache: make the mask for its capacity.
     */
    public BlockMask changing() {
        return new BlockMask(asked, grid, lists, true);
    }

    /** Whether it is {@link #changing()}. */
    public boolean isChanging() {
        return changing;
    }

    /**
     * Other lists for the same mask and sizes, as {@link #fromKvBlocks} takes them; {@link #changing()} if this is.
     *
     * @param partial key blocks to ask the mask in, {@code [batch][heads][queryBlocks][any]}
     * @param full key blocks to take whole, {@code [batch][heads][queryBlocks][any]}
     */
    public BlockMask withKvBlocks(int[][][][] partial, int[][][][] full) {
        Grid own = new Grid(batch(), heads(), queryLength(), kvLength(), queryBlock(), kvBlock(), batch(), heads());
        return new BlockMask(asked, own, BlockAlgebra.fromLists(own, partial, full), changing);
    }

    private static void range(String name, int least, int most, int value, String fix) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    name + ": expected " + least + " to " + most + ", got " + value + "; " + fix);
        }
    }

    /** The mask that is asked in partial blocks. */
    public MaskMod mask() {
        return asked.mask();
    }

    /**
     * The mask as an expression of {@code (b, h, q, kv)}; lifted once.
     *
     * @throws muflex.expr.LiftException if it can't be lifted
     */
    public Lifted lifted() {
        return asked.lifted();
    }

    /** Whether the mask differs between batches. Lifts it. */
    public boolean readsBatch() {
        return asked.reads(LiftableMask.BATCH);
    }

    /** Whether the mask differs between heads. Lifts it. */
    public boolean readsHead() {
        return asked.reads(LiftableMask.HEAD);
    }

    public int batch() {
        return grid.batch();
    }

    public int heads() {
        return grid.heads();
    }

    public int queryLength() {
        return grid.queryLength();
    }

    public int kvLength() {
        return grid.kvLength();
    }

    /** Queries in one block. */
    public int queryBlock() {
        return grid.queryBlock();
    }

    /** Keys in one block. */
    public int kvBlock() {
        return grid.kvBlock();
    }

    /** Blocks along the queries, the ragged last one included. */
    public int queryBlocks() {
        return grid.queryBlocks();
    }

    /** Blocks along the keys, the ragged last one included. */
    public int kvBlocks() {
        return grid.kvBlocks();
    }

    /** Key blocks by query block: the row of {@code (b, h, queryBlock)} is {@link #row}. */
    public BlockLists lists() {
        return lists;
    }

    /** The row of {@link #lists()} for a query block; any {@code b} or {@code h} where the mask broadcasts. */
    public int row(int b, int h, int queryBlock) {
        return grid.group(b, h) * grid.queryBlocks() + queryBlock;
    }

    /** Query blocks by key block, for the backward pass: the row of {@code (b, h, kvBlock)} is {@link #column}. */
    public BlockLists transposed() {
        BlockLists result = transposed;
        if (result == null) {
            result = lists.transpose(grid.groups(), grid.queryBlocks(), grid.kvBlocks());
            transposed = result;
        }
        return result;
    }

    /** The row of {@link #transposed()} for a key block; any {@code b} or {@code h} where the mask broadcasts. */
    public int column(int b, int h, int kvBlock) {
        return grid.group(b, h) * grid.kvBlocks() + kvBlock;
    }

    /** The class of one block. */
    public Block block(int b, int h, int queryBlock, int kvBlock) {
        int row = row(b, h, queryBlock);
        if (contains(lists.fullOffsets(), lists.fullBlocks(), row, kvBlock)) {
            return Block.FULL;
        }
        return contains(lists.partialOffsets(), lists.partialBlocks(), row, kvBlock) ? Block.PARTIAL : Block.EMPTY;
    }

    private static boolean contains(int[] offsets, int[] blocks, int row, int block) {
        return Arrays.binarySearch(blocks, offsets[row], offsets[row + 1], block) >= 0;
    }

    /** Whether query {@code q} attends to key {@code kv}: the lists first, the mask in partial blocks. */
    public boolean allows(int b, int h, int q, int kv) {
        return switch (block(b, h, q / queryBlock(), kv / kvBlock())) {
            case EMPTY -> false;
            case FULL -> true;
            case PARTIAL -> mask().test(b, h, q, kv);
        };
    }

    /** Partial blocks of one batch and head. */
    public int partialBlocks(int b, int h) {
        return count(lists.partialOffsets(), b, h);
    }

    /** Full blocks of one batch and head. */
    public int fullBlocks(int b, int h) {
        return count(lists.fullOffsets(), b, h);
    }

    private int count(int[] offsets, int b, int h) {
        int first = row(b, h, 0);
        return offsets[first + grid.queryBlocks()] - offsets[first];
    }

    /** The part of all blocks that is skipped, in percent: {@code 100 · (1 − listed / total)}. */
    public double sparsity() {
        long listed = (long) lists.partialBlocks().length + lists.fullBlocks().length;
        long total = (long) grid.groups() * grid.queryBlocks() * grid.kvBlocks();
        return 100.0 * (total - listed) / total;
    }

    /** Whether each block is listed: {@code [batch][heads][queryBlocks][kvBlocks]}. */
    public boolean[][][][] toDense() {
        boolean[][][][] dense = new boolean[batch()][heads()][queryBlocks()][kvBlocks()];
        for (int b = 0; b < batch(); b++) {
            for (int h = 0; h < heads(); h++) {
                for (int qb = 0; qb < queryBlocks(); qb++) {
                    int row = row(b, h, qb);
                    set(dense[b][h][qb], lists.partialOffsets(), lists.partialBlocks(), row);
                    set(dense[b][h][qb], lists.fullOffsets(), lists.fullBlocks(), row);
                }
            }
        }
        return dense;
    }

    private static void set(boolean[] dense, int[] offsets, int[] blocks, int row) {
        for (int i = offsets[row]; i < offsets[row + 1]; i++) {
            dense[blocks[i]] = true;
        }
    }

    /** A picture: {@code #} full, {@code +} partial, {@code .} skipped; large masks are drawn smaller. */
    @Override
    public String toString() {
        return new BlockPicture(this, grid).draw();
    }
}
