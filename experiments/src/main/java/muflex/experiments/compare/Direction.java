package muflex.experiments.compare;

import java.util.Locale;

/** What is timed: the output, or the gradients given the output. */
public enum Direction {
    /** Scores and their product with the values. */
    FORWARD {
        @Override
        public int flopsPerElement(int headDim, int valueDim) {
            return 2 * headDim + 2 * valueDim;
        }
    },
    /** Scores again, dq and dk; dv and the gradient of the weights. */
    BACKWARD {
        @Override
        public int flopsPerElement(int headDim, int valueDim) {
            return 6 * headDim + 4 * valueDim;
        }
    };

    /** Floating-point operations of the matrix products for one score. */
    public abstract int flopsPerElement(int headDim, int valueDim);

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
