package muflex.engine.lowering;

import muflex.attention.AttentionShape;
import muflex.kernels.GroupBackward;
import muflex.kernels.GroupBackwardHalf;
import muflex.kernels.GroupBackwardHalfTurns;
import muflex.kernels.GroupBackwardSliced;
import muflex.kernels.GroupForward;
import muflex.kernels.GroupForwardHalf;
import muflex.kernels.GroupForwardSliced;
import muflex.kernels.GroupForwardWide;
import org.jspecify.annotations.Nullable;

/** Which of attention's group kernels a device's local memory and work groups are enough for, the fastest first. */
record GroupFits(AttentionShape shape, Machine machine) {
    /** The largest dim of which an item's registers hold {@link GroupForwardWide}'s scores and output. */
    private static final int MOST_OF_WIDE = 128;

    /** The largest dim of which a warp's registers hold 32 rows. */
    private static final int MOST_OF_32_ROWS = 128;

    private int dim() {
        return shape.headDim();
    }

    private int valueDim() {
        return shape.valueDim();
    }

    /** The forward pass in float; null where none fits. */
    @Nullable
    Class<?> forward() {
        if (machine.groups(GroupForward.ITEMS, GroupForward.localFloats(dim(), valueDim()))) {
            return GroupForward.class;
        }
        boolean sliced = machine.groups(GroupForwardSliced.ITEMS, GroupForwardSliced.localFloats());
        return sliced ? GroupForwardSliced.class : null;
    }

    /** The backward pass in float; null where none fits. */
    @Nullable
    Class<?> backward() {
        if (machine.groups(GroupBackward.ITEMS, GroupBackward.localFloats(dim(), valueDim()))) {
            return GroupBackward.class;
        }
        boolean sliced = machine.groups(GroupBackwardSliced.ITEMS, GroupBackwardSliced.localFloats());
        return sliced ? GroupBackwardSliced.class : null;
    }

    /** Whether {@link GroupForwardHalf} fits with so many fragments and tiles of keys. */
    boolean half(int fragments, int buffers) {
        int floats = GroupForwardHalf.localFloats(dim(), valueDim(), fragments, buffers);
        return machine.groups(GroupForwardHalf.ITEMS, floats);
    }

    /** Whether two fragments of 16 queries to a warp do. */
    boolean twoFragments() {
        return Math.max(dim(), valueDim()) <= MOST_OF_32_ROWS && half(2, 1);
    }

    /** Its tiles of keys; 0 where keys and values take turns in one tile. */
    int buffers(int fragments) {
        return fragments == 1 && half(1, 2) ? 2 : half(fragments, 1) ? 1 : 0;
    }

    /** Whether {@link GroupForwardWide} fits, and {@link muflex.kernels.GroupForwardPair} with it. */
    boolean wide() {
        return machine.wide()
                && Math.max(dim(), valueDim()) <= MOST_OF_WIDE
                && machine.groups(GroupForwardWide.items(2), GroupForwardWide.localFloats(dim(), valueDim()));
    }

    /** The backward pass on fragments; null where none fits. */
    @Nullable
    Class<?> halfBackward() {
        if (machine.groups(GroupBackwardHalf.ITEMS, GroupBackwardHalf.localFloats(dim(), valueDim()))) {
            return GroupBackwardHalf.class;
        }
        int floats = GroupBackwardHalfTurns.localFloats(dim(), valueDim());
        return machine.groups(GroupBackwardHalfTurns.ITEMS, floats) ? GroupBackwardHalfTurns.class : null;
    }
}
