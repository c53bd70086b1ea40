package muflex.engine.lowering;

import muflex.kernels.ElementKernels;

/**
 * What lowering must know of a device.
 *
 * @param family which kernels suit it
 * @param lanes floats in its {@link muflex.kernels.Lanes}
 * @param panel floats in a row of a panel, {@link muflex.kernels.RowTile#WIDTH} as the device has it
 * @param threads work items of the tile family that run at once
 * @param localFloats floats of local memory that a work group may have
 * @param group work items in its largest work group
 * @param fragments whether it has the matrix fragments of {@link muflex.kernels.Mma}
 * @param wide whether it has the products of {@link muflex.kernels.WideMma}
 */
public record Machine(
        Family family, int lanes, int panel, int threads, int localFloats, int group, boolean fragments, boolean wide) {

    /** One without work groups. */
    public Machine(Family family, int lanes, int panel, int threads) {
        this(family, lanes, panel, threads, 0, 1, false, false);
    }

    /** Whether a group kernel runs here with so many work items and floats of local memory in a group. */
    boolean groups(int items, int floats) {
        return family == Family.GROUPS && items <= group && floats <= localFloats;
    }

    boolean strips() {
        return family == Family.STRIPS;
    }

    /** Elements of a work item that has nothing but elements: on a GPU a vector, so that neighbours read neighbours. */
    public int span() {
        return family == Family.GROUPS ? lanes : ElementKernels.SPAN;
    }

    /** Elements of a work item of a sum. */
    int sumSpan() {
        return family == Family.GROUPS ? 256 : 8192;
    }

    /** Rows of a work item that sums over rows. */
    int rows() {
        return family == Family.GROUPS ? 4 : 32;
    }

    /** Kinds of kernel for one operation. Where there is no group kernel for it, the tile kernel does. */
    public enum Family {
        /** One work item is a tile, in vectors: cores with caches. */
        TILES,
        /** As tiles; attention in strips, short enough for TornadoVM's own compiler, where there is such a kernel. */
        STRIPS,
        /** A tile is a work group's, with local memory and barriers: GPUs. */
        GROUPS
    }
}
