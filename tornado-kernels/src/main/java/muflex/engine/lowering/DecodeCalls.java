package muflex.engine.lowering;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import muflex.attention.AttentionShape;
import muflex.engine.lowering.Argument.Array;
import muflex.engine.lowering.Argument.Scratch;
import muflex.kernels.AttentionDecode;
import muflex.kernels.AttentionSizes;

/** The forward pass of few queries on many keys as calls of {@link AttentionDecode}. */
final class DecodeCalls {
    private static final int PARTS = 2;
    private static final int PART_LSES = 3;

    /** The most queries of a head for which it is the faster kernel. */
    private static final int FEW_QUERIES = 8;

    /** Keys that are worth a work item of their own. */
    private static final int FEWEST_KEYS = 256;

    /** Work items that the keys are dealt to, whatever the number of threads, so that the result does not depend on it. */
    private static final int ITEMS = 64;

    private final AttentionShape shape;
    private final AttentionMods mods;

    DecodeCalls(AttentionShape shape, AttentionMods mods) {
        this.shape = shape;
        this.mods = mods;
    }

    boolean takesForward(int[] sizes) {
        return takes(shape, sizes, FEW_QUERIES, AttentionDecode.MOST_ROWS);
    }

    /**
     * Whether the queries of a key head are few and share a list of keys.
     *
     * @param sizes see {@link AttentionSizes}
     * @param mostQueries of one query head
     * @param mostRows of all that share the key head
     */
    static boolean takes(AttentionShape shape, int[] sizes, int mostQueries, int mostRows) {
        int queries = shape.queryLength();
        boolean oneTile = AttentionSizes.tiles(queries, sizes[AttentionSizes.QUERY_BLOCK]) == 1;
        boolean oneList = shape.groupSize() == 1 || sizes[AttentionSizes.MASK_HEADS] == 1;
        return queries <= mostQueries && shape.groupSize() * queries <= mostRows && oneTile && oneList;
    }

    /**
     * The calls that fill {@code out} and {@code lse}.
     *
     * @param arguments those of {@code AttentionForward.forward} with these outputs and lses
     */
    List<Call> forward(BiFunction<Array, Array, List<Object>> arguments, Array out, Array lse) {
        int heads = shape.batch() * shape.kvHeads();
        int wanted = Math.min(Math.ceilDiv(ITEMS, heads), shape.kvLength() / FEWEST_KEYS);
        int tiles = Math.ceilDiv(shape.kvLength(), AttentionSizes.TILE);
        int chunk = Math.ceilDiv(tiles, Math.max(1, wanted)) * AttentionSizes.TILE;
        int splits = Math.ceilDiv(shape.kvLength(), chunk);
        Array parts = splits == 1 ? out : new Scratch(PARTS, Math.multiplyExact(shape.outSize(), splits));
        Array lses = splits == 1 ? lse : new Scratch(PART_LSES, Math.multiplyExact(shape.lseSize(), splits));
        List<Object> all = new ArrayList<>(arguments.apply(parts, lses));
        all.add(splits);
        all.add(chunk);
        long size = (long) shape.groupSize() * shape.queryLength() * chunk * shape.headDim();
        Call forward = new Call.Loop(
                AttentionDecode.class, "forward", mods, heads * splits, size, true, Call.arguments(all.toArray()));
        if (splits == 1) {
            return List.of(forward);
        }
        Call combine = Call.loop(
                AttentionDecode.class,
                "combine",
                shape.lseSize(),
                (long) splits * shape.valueDim(),
                parts,
                lses,
                out,
                lse,
                splits,
                shape.valueDim());
        return List.of(forward, combine);
    }
}
