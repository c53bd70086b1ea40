package muflex.kernels;

/**
 * {@link NormKernels} for GPUs: a work group computes a row, or one row after the other, each item its columns {@value #ITEMS}
 * apart, so that neighbours read neighbours. Sums over a row are taken by halves.
 */
public final class GroupNorm {
    /** Work items in a group. */
    public static final int ITEMS = 256;

    private GroupNorm() {}

    /** Floats of local memory. */
    public static int localFloats() {
        return ITEMS;
    }

    /**
     * {@link NormKernels#layerNorm} where {@code centred}, else {@link NormKernels#rmsNorm}, which has no bias and no mean and touches
     * neither; one group is a row; y may be x.
     */
    public static void forward(
            float[] x,
            float[] gain,
            float[] bias,
            float[] y,
            float[] mean,
            float[] r,
            int columns,
            float epsilon,
            boolean centred) {
        float[] shared = WorkGroup.localFloats(ITEMS);
        int at = WorkGroup.groupId() * columns;
        float centre = 0f;
        if (centred) {
            float sum = 0f;
            for (int c = WorkGroup.localId(); c < columns; c += ITEMS) {
                sum += x[at + c];
            }
            centre = total(shared, sum) / columns;
        }
        float squares = 0f;
        for (int c = WorkGroup.localId(); c < columns; c += ITEMS) {
            float d = x[at + c] - centre;
            squares = Math.fma(d, d, squares);
        }
        float root = (float) (1 / Math.sqrt(total(shared, squares) / columns + epsilon));
        if (WorkGroup.localId() == 0) {
            r[WorkGroup.groupId()] = root;
            if (centred) {
                mean[WorkGroup.groupId()] = centre;
            }
        }
        for (int c = WorkGroup.localId(); c < columns; c += ITEMS) {
            float normed = (x[at + c] - centre) * root;
            y[at + c] = centred ? Math.fma(normed, gain[c], bias[c]) : normed * gain[c];
        }
    }

    /**
     * {@link NormKernels#layerNormGradient} where {@code centred}, else {@link NormKernels#rmsNormGradient}, which does not touch
     * mean; one group is {@code block} rows and writes a row of partial; dx may be dy.
     */
    public static void gradient(
            float[] x,
            float[] gain,
            float[] mean,
            float[] r,
            float[] dy,
            float[] dx,
            float[] partial,
            int rows,
            int columns,
            int block,
            boolean centred) {
        float[] shared = WorkGroup.localFloats(ITEMS);
        int part = WorkGroup.groupId() * columns;
        int first = WorkGroup.groupId() * block;
        for (int c = WorkGroup.localId(); c < columns; c += ITEMS) {
            partial[part + c] = 0f;
        }
        for (int row = first; row < Math.min(rows, first + block); row++) {
            int at = row * columns;
            float root = r[row];
            float centre = centred ? mean[row] : 0f;
            float along = 0f;
            float sum = 0f;
            for (int c = WorkGroup.localId(); c < columns; c += ITEMS) {
                float u = dy[at + c] * gain[c];
                along = Math.fma(u, (x[at + c] - centre) * root, along);
                sum += u;
            }
            float slope = -total(shared, along) / columns;
            float shift = 0f;
            if (centred) {
                shift = -total(shared, sum) / columns;
            }
            for (int c = WorkGroup.localId(); c < columns; c += ITEMS) {
                float d = dy[at + c];
                float normed = (x[at + c] - centre) * root;
                partial[part + c] = Math.fma(d, normed, partial[part + c]);
                dx[at + c] = root * Math.fma(normed, slope, Math.fma(d, gain[c], shift));
            }
        }
    }

    /** The sum of what all items of the group give. */
    private static float total(float[] shared, float mine) {
        int item = WorkGroup.localId();
        WorkGroup.barrier();
        shared[item] = mine;
        WorkGroup.barrier();
        for (int half = ITEMS / 2; half > 0; half /= 2) {
            if (item < half) {
                shared[item] += shared[item + half];
            }
            WorkGroup.barrier();
        }
        return shared[0];
    }
}
