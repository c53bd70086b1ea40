package muflex.kernels;

/**
 * The private arrays of a work item. On the JVM they belong to the worker thread and are reused from item to item,
 * so their contents are undefined at first; on a device the size is a constant and the array is private memory.
 */
public final class Scratch {
    private static final int SLOTS = 16;
    private static final ThreadLocal<float[][]> FLOATS = ThreadLocal.withInitial(() -> new float[SLOTS][0]);

    private Scratch() {}

    /**
     * An array of at least {@code size} floats, contents undefined.
     *
     * @param slot 0 … 15, one for each array that an item holds at once
     */
    public static float[] floats(int slot, int size) {
        float[][] slots = FLOATS.get();
        float[] array = slots[slot];
        if (array.length < size) {
            array = new float[size];
            slots[slot] = array;
        }
        return array;
    }
}
