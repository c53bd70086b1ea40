package muflex.attention;

import java.util.Arrays;

/** Sequences packed one after the other. */
final class Packing {

    private Packing() {}

    /** Where the document of each position begins, {@code [length]}. */
    static int[] starts(int[] ids) {
        int[] starts = new int[ids.length];
        for (int i = 1; i < ids.length; i++) {
            starts[i] = ids[i] == ids[i - 1] ? starts[i - 1] : i;
        }
        return starts;
    }

    /** See {@link MaskMods#documents}. */
    static int[] documents(int[] cumulativeLengths) {
        if (cumulativeLengths.length < 2 || cumulativeLengths[0] != 0) {
            throw new IllegalArgumentException("cumulativeLengths: expected [sequences + 1] from 0 on, got "
                    + Arrays.toString(cumulativeLengths) + "; lengths 3 and 4 are {0, 3, 7}");
        }
        for (int i = 1; i < cumulativeLengths.length; i++) {
            if (cumulativeLengths[i] < cumulativeLengths[i - 1]) {
                throw new IllegalArgumentException("cumulativeLengths: expected ascending numbers, got "
                        + cumulativeLengths[i] + " after " + cumulativeLengths[i - 1] + "; sort them");
            }
        }
        int[] ids = new int[cumulativeLengths[cumulativeLengths.length - 1]];
        for (int i = 1; i < cumulativeLengths.length; i++) {
            Arrays.fill(ids, cumulativeLengths[i - 1], cumulativeLengths[i], i - 1);
        }
        return ids;
    }
}
