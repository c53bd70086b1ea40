package muflex.engine.translate;

/** The kernel dialect's types as class files name them. */
final class DialectNames {
    static final String PACKAGE = "muflex/kernels/";
    static final String LANES = PACKAGE + "Lanes";
    static final String LANES_DESCRIPTOR = "L" + LANES + ";";
    static final String SCRATCH = PACKAGE + "Scratch";
    static final String WORK_GROUP = PACKAGE + "WorkGroup";
    static final String MMA = PACKAGE + "Mma";
    static final String WIDE_MMA = PACKAGE + "WideMma";
    static final String PARALLEL_DESCRIPTOR = "L" + PACKAGE + "Parallel;";
    static final String CAPTURES_DESCRIPTOR = "[Ljava/lang/Object;";
    static final String GRADIENTS_DESCRIPTOR = "[[F";
    static final String GRADIENT_SETS_DESCRIPTOR = "[[[F";
    static final String MODS = PACKAGE + "Mods";

    private DialectNames() {}
}
