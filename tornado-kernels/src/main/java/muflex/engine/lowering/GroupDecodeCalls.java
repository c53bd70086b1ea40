package muflex.engine.lowering;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import muflex.attention.AttentionShape;
import muflex.engine.lowering.Argument.Array;
import muflex.engine.lowering.Argument.Scalar;
import muflex.engine.lowering.Argument.Scratch;
import muflex.kernels.AttentionSizes;
import muflex.kernels.GroupDecode;
import muflex.kernels.WarpDecode;
import muflex.kernels.WarpDecodeHalf;
import org.jspecify.annotations.Nullable;

/** The forward pass of few queries on many keys as calls of group kernels: by warps where a device has them. */
final class GroupDecodeCalls {
    private static final int PARTS = 6;
    private static final int PART_LSES = 7;

    /** Work groups for each compute unit: a few wait for memory while one computes. */
    private static final int GROUPS_A_UNIT = 4;

    /** The same for warps, which have all their loads under way at once: as many groups as run at once. */
    private static final int WARP_GROUPS_A_UNIT = 2;

    /** The largest dim of which a warp's registers hold what {@link WarpDecode} reads at a time. */
    private static final int MOST_OF_WARPS = 256;

    /** Keys that are worth a work group of their own. */
    private static final int FEWEST_KEYS = 4 * AttentionSizes.TILE;

    private final AttentionShape shape;
    private final AttentionMods mods;
    private final Machine machine;

    GroupDecodeCalls(AttentionShape shape, AttentionMods mods, Machine machine) {
        this.shape = shape;
        this.mods = mods;
        this.machine = machine;
    }

    /**
     * Into how many parts the keys of a head are dealt; 1 where that gains nothing or no kernel takes it.
     *
     * @param sizes see {@link AttentionSizes}
     * @param rounded whether keys and values are of 16 bits
     */
    int splits(int[] sizes, boolean rounded) {
        boolean oneTile = AttentionSizes.tiles(shape.queryLength(), sizes[AttentionSizes.QUERY_BLOCK]) == 1;
        boolean few = oneTile && queries() <= GroupDecode.MOST_QUERIES && DecodeCalls.oneList(shape, sizes);
        if (!few || !(warps() || !rounded && fitsGroups())) {
            return 1;
        }
        int heads = shape.batch() * shape.kvHeads();
        int wanted = (warps() ? WARP_GROUPS_A_UNIT : GROUPS_A_UNIT) * machine.threads() / heads;
        return Math.min(wanted, shape.kvLength() / FEWEST_KEYS);
    }

    private boolean warps() {
        return machine.fragments() && Math.max(shape.headDim(), shape.valueDim()) <= MOST_OF_WARPS;
    }

    private boolean fitsGroups() {
        int floats = GroupDecode.localFloats(shape.headDim(), shape.valueDim(), GroupDecode.rows(queries()));
        return machine.groups(GroupDecode.ITEMS, floats);
    }

    /** Queries of a key head. */
    private int queries() {
        return shape.groupSize() * shape.queryLength();
    }

    /**
     * The calls that fill {@code out} and {@code lse}.
     *
     * @param bfloat whether keys and values are bfloat16; null where they are floats
     * @param arguments those of {@code AttentionForward.forward} with these outputs and lses
     */
    List<Call> forward(
            int splits,
            @Nullable Scalar bfloat,
            BiFunction<Array, Array, List<Object>> arguments,
            Array out,
            Array lse) {
        Scratch parts = new Scratch(PARTS, Math.multiplyExact(shape.outSize(), splits));
        Scratch lses = new Scratch(PART_LSES, Math.multiplyExact(shape.lseSize(), splits));
        int tiles = Math.ceilDiv(shape.kvLength(), AttentionSizes.TILE);
        List<Object> all = new ArrayList<>(arguments.apply(parts, lses));
        all.add(splits);
        all.add(Math.ceilDiv(tiles, splits) * AttentionSizes.TILE);
        Call combine = Call.loop(
                GroupDecode.class, "combine", shape.outSize(), splits, parts, lses, out, lse, splits, shape.valueDim());
        return List.of(part(splits, bfloat, all), combine);
    }

    private Call part(int splits, @Nullable Scalar bfloat, List<Object> arguments) {
        if (bfloat != null) {
            arguments.add(new Scalar(WarpDecodeHalf.high(queries()), true));
            arguments.add(bfloat);
            return groups(WarpDecodeHalf.class, splits, WarpDecodeHalf.ITEMS, arguments);
        }
        if (warps()) {
            arguments.add(new Scalar(WarpDecode.high(queries()), true));
            return groups(WarpDecode.class, splits, WarpDecode.ITEMS, arguments);
        }
        arguments.add(new Scalar(GroupDecode.rows(queries()), true));
        return groups(GroupDecode.class, splits, GroupDecode.ITEMS, arguments);
    }

    private Call groups(Class<?> kernel, int splits, int items, List<Object> arguments) {
        int groups = shape.batch() * shape.kvHeads() * splits;
        return new Call.Groups(kernel, "forward", mods, groups, items, true, Call.arguments(arguments.toArray()));
    }
}
