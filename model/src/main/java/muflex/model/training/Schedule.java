package muflex.model.training;

/**
 * The learning rate's course: a linear rise over {@code warmup} steps, then half a cosine down to {@code floor} of
 * the peak at the last step (Loshchilov and Hutter 2016, arXiv:1608.03983, without restarts).
 *
 * @param warmup steps of the rise
 * @param steps all steps
 * @param floor share of the peak that is left at the end, in [0, 1]
 */
public record Schedule(int warmup, int steps, double floor) {

    public Schedule {
        if (warmup < 0 || steps < 1 || warmup > steps) {
            throw new IllegalArgumentException("warmup: expected between 0 and the number of steps, got " + warmup
                    + " of " + steps + "; shorten the warm-up");
        }
        if (!(floor >= 0 && floor <= 1)) {
            throw new IllegalArgumentException("floor: expected a share in [0, 1], got " + floor + "; use 0.1");
        }
    }

    /** Share of the peak at a step; steps count from 1. */
    public double share(long step) {
        if (step <= warmup) {
            return (double) step / warmup;
        }
        double done = steps == warmup ? 1 : Math.min(1, (double) (step - warmup) / (steps - warmup));
        return floor + (1 - floor) * 0.5 * (1 + StrictMath.cos(Math.PI * done));
    }
}
