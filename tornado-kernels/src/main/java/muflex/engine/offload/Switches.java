package muflex.engine.offload;

/** What people may want of translated kernels, as system properties. */
public final class Switches {
    /** {@code true}: programs are printed to standard error when they are built. */
    public static final String SHOW = "muflex.showKernels";

    /** {@code true}: kernels check every access to an array, and report array, index and Java line. Slow. */
    public static final String CHECK = "muflex.checkBounds";

    /** {@code true}: what devices take is added up in {@link Profile}. */
    public static final String PROFILE = "muflex.profile";

    /** {@code jit}: TornadoVM compiles kernels from Java where it can; {@code prebuilt}, the default: it takes them translated. */
    public static final String TORNADO_ROUTE = "muflex.tornado.route";

    /** The {@link Form} of attention's kernels, whatever the device has and was measured to be fastest. */
    public static final String FORM = "muflex.form";

    private Switches() {}

    /** Whether programs are printed. */
    public static boolean showsKernels() {
        return Boolean.getBoolean(SHOW);
    }

    /** Whether every command is to be measured, also where that costs time. */
    public static boolean profiles() {
        return Boolean.getBoolean(PROFILE);
    }

    /** Whether TornadoVM's own compiler is asked for kernels. */
    public static boolean compilesInTornadoVm() {
        return "jit".equals(System.getProperty(TORNADO_ROUTE));
    }

    static boolean checksBounds() {
        return Boolean.getBoolean(CHECK);
    }
}
