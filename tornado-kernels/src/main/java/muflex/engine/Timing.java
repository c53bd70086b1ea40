package muflex.engine;

/**
 * Where a program's time went.
 *
 * @param kind the op's name
 * @param nodes nodes of this kind in the program
 * @param runs runs of the program since it was compiled
 * @param nanos wall time of these nodes over all runs
 */
public record Timing(String kind, int nodes, long runs, long nanos) {

    /** The two together. */
    public Timing plus(Timing other) {
        return new Timing(kind, nodes + other.nodes, runs, nanos + other.nanos);
    }
}
