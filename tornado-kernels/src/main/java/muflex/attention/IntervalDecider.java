package muflex.attention;

import muflex.expr.IntervalAnalysis;

/** Decides by interval analysis of the lifted mask. */
final class IntervalDecider implements Decider {

    private final IntervalAnalysis analysis;
    private final int[] from = new int[4];
    private final int[] to = new int[4];

    IntervalDecider(IntervalAnalysis analysis) {
        this.analysis = analysis;
    }

    @Override
    public byte decide(int b, int h, int firstQuery, int lastQuery, int firstKv, int lastKv) {
        from[0] = b;
        to[0] = b;
        from[1] = h;
        to[1] = h;
        from[2] = firstQuery;
        to[2] = lastQuery;
        from[3] = firstKv;
        to[3] = lastKv;
        return switch (analysis.decide(from, to)) {
            case TRUE -> Classifier.FULL;
            case FALSE -> Classifier.EMPTY;
            case UNKNOWN -> Classifier.PARTIAL;
        };
    }

    @Override
    public Decider fork() {
        return new IntervalDecider(analysis.fork());
    }
}
