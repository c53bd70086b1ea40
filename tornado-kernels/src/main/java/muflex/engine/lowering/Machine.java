package muflex.engine.lowering;

/**
 * What lowering must know of a device.
 *
 * @param family which kernels suit it
 * @param lanes floats in its {@link muflex.kernels.Lanes}
 * @param panel floats in a row of a panel, {@link muflex.kernels.RowTile#WIDTH} as the device has it
 * @param threads work items of the tile family that run at once
 */
public record Machine(Family family, int lanes, int panel, int threads) {

    /** Two kinds of kernel for one operation. Where there is no group kernel for it, the tile kernel does. */
    public enum Family {
        /** One work item is a tile, in vectors: cores with caches. */
        TILES,
        /** A tile is a work group's, with local memory and barriers: GPUs. */
        GROUPS
    }
}
