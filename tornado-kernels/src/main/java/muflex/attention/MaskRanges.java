package muflex.attention;

/**
 * What a mask says of all pairs of some queries and keys at once, by interval analysis of its lifted expression: for those who make
 * block lists of their own as they go, and skip what no query sees. For one thread.
 */
public final class MaskRanges {

    /** What holds of a range's pairs. */
    public enum Answer {
        /** Each is allowed. */
        ALL,
        /** None is allowed. */
        NONE,
        /** Neither is known: ask for each. */
        UNKNOWN
    }

    private final Decider decider;
    private final int heads;

    /**
     * @param heads all that are asked about
     * @throws muflex.expr.LiftException if the mask can't be lifted; the message names the construct and its source line
     */
    public MaskRanges(MaskMod mask, int heads) {
        Check.atLeast("heads", 1, heads);
        LiftableMask lifted = new LiftableMask(mask, false);
        decider = lifted.decider();
        this.heads = lifted.reads(LiftableMask.HEAD) ? heads : 1;
    }

    /** Heads that need lists of their own: 1 where the mask does not read the head, else all. */
    public int heads() {
        return heads;
    }

    /** Of batch {@code b}, all heads, and queries and keys from first to last, both included. */
    public Answer decide(int b, int firstQuery, int lastQuery, int firstKv, int lastKv) {
        byte all = decider.decide(b, 0, firstQuery, lastQuery, firstKv, lastKv);
        for (int h = 1; h < heads && all != Classifier.PARTIAL; h++) {
            byte one = decider.decide(b, h, firstQuery, lastQuery, firstKv, lastKv);
            all = one == all ? all : Classifier.PARTIAL;
        }
        return switch (all) {
            case Classifier.FULL -> Answer.ALL;
            case Classifier.EMPTY -> Answer.NONE;
            default -> Answer.UNKNOWN;
        };
    }
}
