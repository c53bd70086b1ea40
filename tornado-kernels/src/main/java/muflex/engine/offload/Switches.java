package muflex.engine.offload;

/** What people may want of translated kernels, as system properties. */
public final class Switches {
    /** {@code true}: programs are printed to standard error when they are built. */
    public static final String SHOW = "muflex.showKernels";

    /** {@code true}: kernels check every access to an array, and report array, index and Java line. Slow. */
    public static final String CHECK = "muflex.checkBounds";

    private Switches() {}

    static boolean showsKernels() {
        return Boolean.getBoolean(SHOW);
    }

    static boolean checksBounds() {
        return Boolean.getBoolean(CHECK);
    }
}
