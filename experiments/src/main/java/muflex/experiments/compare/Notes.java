package muflex.experiments.compare;

import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.engine.AttentionSpec;
import muflex.experiments.report.VariantNote;

/** What the page shows of a variant: its code, and a picture of its mask. */
final class Notes {

    private static final int CELLS = 32;

    private Notes() {}

    static VariantNote of(Variant variant, AttentionShape shape, long seed) {
        return new VariantNote(variant.name(), variant.description(), variant.code(), density(variant, shape, seed));
    }

    /** No picture for a variant that does not fit the shape: its rows say why. */
    private static double[][] density(Variant variant, AttentionShape shape, long seed) {
        try {
            return density(variant.at(shape, seed));
        } catch (IllegalArgumentException e) {
            return new double[0][];
        }
    }

    static double[][] density(AttentionSpec spec) {
        int queries = spec.shape().queryLength();
        int keys = spec.shape().kvLength();
        int rows = Math.min(CELLS, queries);
        int columns = Math.min(CELLS, keys);
        BlockMask mask = spec.mask();
        double[][] share = new double[rows][columns];
        int[][] size = new int[rows][columns];
        for (int q = 0; q < queries; q++) {
            int row = (int) ((long) q * rows / queries);
            for (int kv = 0; kv < keys; kv++) {
                int column = (int) ((long) kv * columns / keys);
                share[row][column] += mask == null || mask.allows(0, 0, q, kv) ? 1 : 0;
                size[row][column]++;
            }
        }
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                share[row][column] /= size[row][column];
            }
        }
        return share;
    }
}
