package muflex.engine.tornado;

import java.util.Arrays;
import java.util.stream.IntStream;
import muflex.attention.AttentionShape;
import muflex.attention.BlockLists;
import muflex.attention.BlockMask;
import muflex.attention.MaskMod;
import muflex.attention.ScoreMod;
import muflex.attention.Weights;
import muflex.engine.AttentionSpec;
import org.jspecify.annotations.Nullable;

/**
 * Which part of an operation's answers is compared: one batch, the last, in it the first and last {@value Ends#ROWS} queries and the
 * first and last {@value Ends#ROWS} keys.
 *
 * @param spec of the operation
 */
record ComparedPart(AttentionSpec spec) {

    private AttentionShape shape() {
        return spec.shape();
    }

    /** The batch compared: the last. Dropout draws by the batch's number, which the oracle has only of the first. */
    private int batch() {
        return spec.dropout() > 0 ? 0 : shape().batch() - 1;
    }

    /** The operation on the batch compared and its queries compared; elsewhere nothing is computed. */
    AttentionSpec ofQueries() {
        return slice(queryEnds());
    }

    /** The same for the keys compared. */
    AttentionSpec ofKeys() {
        return slice(keyEnds());
    }

    private AttentionSpec slice(MaskMod compared) {
        AttentionShape s = shape();
        AttentionShape one = new AttentionShape(
                1, s.queryHeads(), s.kvHeads(), s.queryLength(), s.kvLength(), s.headDim(), s.valueDim());
        return spec.withShape(one)
                .withScoreMod(inBatch(spec.scoreMod(), batch()))
                .withMask(only(compared));
    }

    private BlockMask only(MaskMod compared) {
        BlockMask mask = spec.mask();
        if (mask == null) {
            return BlockMask.create(compared, 1, 1, shape().queryLength(), shape().kvLength());
        }
        int b = Math.min(batch(), mask.batch() - 1);
        BlockMask one = mask.adjust(shape().queryLength(), shape().kvLength())
                .slice(b, b + 1, 0, mask.heads(), 0, mask.queryBlocks());
        BlockLists lists = one.lists();
        return one.withKvBlocks(
                kept(one, lists.partialOffsets(), lists.partialBlocks(), compared),
                kept(one, lists.fullOffsets(), lists.fullBlocks(), compared));
    }

    /** Whole blocks, since a mask's lists are the truth, whatever its function says. */
    private static int[][][][] kept(BlockMask mask, int[] offsets, int[] blocks, MaskMod compared) {
        int[][][][] kept = new int[1][mask.heads()][mask.queryBlocks()][];
        for (int h = 0; h < mask.heads(); h++) {
            for (int queries = 0; queries < mask.queryBlocks(); queries++) {
                int row = mask.row(0, h, queries);
                int block = queries;
                kept[0][h][queries] = IntStream.range(offsets[row], offsets[row + 1])
                        .map(i -> blocks[i])
                        .filter(keys -> reaches(compared, mask, block, keys))
                        .toArray();
            }
        }
        return kept;
    }

    /** Whether {@code compared}, which holds at both ends of an axis, does in a corner of the block. */
    private static boolean reaches(MaskMod compared, BlockMask mask, int queries, int keys) {
        int q = queries * mask.queryBlock();
        int kv = keys * mask.kvBlock();
        int lastQ = Math.min(q + mask.queryBlock(), mask.queryLength()) - 1;
        int lastKv = Math.min(kv + mask.kvBlock(), mask.kvLength()) - 1;
        return compared.test(0, 0, q, kv) || compared.test(0, 0, lastQ, lastKv);
    }

    private static @Nullable ScoreMod inBatch(@Nullable ScoreMod mod, int batch) {
        return mod == null || batch == 0 ? mod : (score, b, h, q, kv) -> mod.apply(score, batch, h, q, kv);
    }

    private MaskMod queryEnds() {
        int last = shape().queryLength() - Ends.ROWS;
        return (b, h, q, kv) -> q < Ends.ROWS || q >= last;
    }

    /** Where a weight depends on the newer keys' scores, no key can be left out. */
    private MaskMod keyEnds() {
        int last = spec.weights() == Weights.SOFTMAX ? shape().kvLength() - Ends.ROWS : 0;
        return (b, h, q, kv) -> kv < Ends.ROWS || kv >= last;
    }

    /** The rows compared of an array {@code [batch, queryHeads, queryLength, width]}. */
    float[] queries(float[] array, int width) {
        return Ends.of(array, batch() * shape().queryHeads(), shape().queryHeads(), shape().queryLength(), width);
    }

    /** The rows compared of an array {@code [batch, kvHeads, kvLength, width]}. */
    float[] keys(float[] array, int width) {
        int heads = shape().kvHeads();
        return Ends.of(array, batch() * heads, heads, shape().kvLength(), width);
    }

    /** A copy of an array {@code [batch, queryHeads, queryLength, width]}, 0 but for the rows compared. */
    float[] only(float[] array, int width) {
        return Ends.only(array, batch() * shape().queryHeads(), shape().queryHeads(), shape().queryLength(), width);
    }

    /** The batch compared. */
    float[] ofBatch(float[] array) {
        int size = array.length / shape().batch();
        return Arrays.copyOfRange(array, batch() * size, (batch() + 1) * size);
    }
}
