package muflex.engine.lowering;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import muflex.attention.AttentionShape;
import muflex.engine.lowering.Argument.Array;
import muflex.engine.lowering.Argument.Scalar;
import muflex.engine.lowering.Argument.Scratch;
import muflex.kernels.AttentionDecode;
import muflex.kernels.AttentionSizes;
import muflex.paging.KvFormat;

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

    /**
     * Whether the queries of a tile are few and share a list of keys, over all heads that share the key head.
     *
     * @param sizes see {@link AttentionSizes}
     */
    boolean takesForward(int[] sizes) {
        int queries = queries(sizes);
        return queries <= FEW_QUERIES
                && shape.groupSize() * queries <= AttentionDecode.MOST_ROWS
                && oneList(shape, sizes);
    }

    /** Queries of a head in a tile. */
    private int queries(int[] sizes) {
        return Math.min(shape.queryLength(), Math.min(AttentionSizes.TILE, sizes[AttentionSizes.QUERY_BLOCK]));
    }

    /** Whether the heads that share a key head share its list of keys. */
    static boolean oneList(AttentionShape shape, int[] sizes) {
        return shape.groupSize() == 1 || sizes[AttentionSizes.MASK_HEADS] == 1;
    }

    private static int kernelFormat(KvFormat format) {
        return switch (format) {
            case FLOAT -> AttentionDecode.FLOATS;
            case BFLOAT16 -> AttentionDecode.PAIRS;
            case INT8 -> AttentionDecode.QUADS;
        };
    }

    /**
     * The calls that fill {@code out} and {@code lse}.
     *
     * @param sizes see {@link AttentionSizes}
     * @param format of keys and values
     * @param arguments those of {@code AttentionForward.forward} with these outputs and lses
     */
    List<Call> forward(
            int[] sizes, KvFormat format, BiFunction<Array, Array, List<Object>> arguments, Array out, Array lse) {
        int tiles = shape.batch()
                * shape.kvHeads()
                * AttentionSizes.tiles(shape.queryLength(), sizes[AttentionSizes.QUERY_BLOCK]);
        int wanted = Math.min(Math.ceilDiv(ITEMS, tiles), shape.kvLength() / FEWEST_KEYS);
        int keyTiles = Math.ceilDiv(shape.kvLength(), AttentionSizes.TILE);
        int chunk = Math.ceilDiv(keyTiles, Math.max(1, wanted)) * AttentionSizes.TILE;
        int splits = Math.ceilDiv(shape.kvLength(), chunk);
        Array parts = splits == 1 ? out : new Scratch(PARTS, Math.multiplyExact(shape.outSize(), splits));
        Array lses = splits == 1 ? lse : new Scratch(PART_LSES, Math.multiplyExact(shape.lseSize(), splits));
        List<Object> all = new ArrayList<>(arguments.apply(parts, lses));
        all.add(splits);
        all.add(chunk);
        all.add(new Scalar(kernelFormat(format), true));
        long size = (long) shape.groupSize() * queries(sizes) * chunk * shape.headDim();
        Call forward = new Call.Loop(
                AttentionDecode.class, "forward", mods, tiles * splits, size, true, Call.arguments(all.toArray()));
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
