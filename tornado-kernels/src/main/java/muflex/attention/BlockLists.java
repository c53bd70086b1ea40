package muflex.attention;

/**
 * The listed blocks of a mask, one list a row, in compressed-row form. Row {@code r} has the partial blocks
 * {@code partialBlocks[partialOffsets[r]] … partialBlocks[partialOffsets[r + 1] - 1]}, ascending, and likewise its full
 * ones; no block is in both. The arrays are shared with the mask: read them, never write them.
 *
 * @param partialOffsets {@code [rows + 1]}
 * @param partialBlocks blocks in which the mask must be asked for each element
 * @param fullOffsets {@code [rows + 1]}
 * @param fullBlocks blocks in which every element is allowed
 */
public record BlockLists(int[] partialOffsets, int[] partialBlocks, int[] fullOffsets, int[] fullBlocks) {

    public int rows() {
        return partialOffsets.length - 1;
    }

    /** The same blocks by column: row {@code c} of the result lists the rows that list {@code c} here. */
    BlockLists transpose(int groups, int rowsPerGroup, int columns) {
        int[][] partial = transpose(partialOffsets, partialBlocks, groups, rowsPerGroup, columns);
        int[][] full = transpose(fullOffsets, fullBlocks, groups, rowsPerGroup, columns);
        return new BlockLists(partial[0], partial[1], full[0], full[1]);
    }

    /** A counting sort: rows are visited in order, so each column's list comes out ascending. */
    private static int[][] transpose(int[] offsets, int[] blocks, int groups, int rowsPerGroup, int columns) {
        int[] newOffsets = new int[groups * columns + 1];
        int[] newBlocks = new int[blocks.length];
        for (int group = 0; group < groups; group++) {
            int first = group * rowsPerGroup;
            for (int i = offsets[first]; i < offsets[first + rowsPerGroup]; i++) {
                newOffsets[group * columns + blocks[i] + 1]++;
            }
        }
        for (int i = 0; i < groups * columns; i++) {
            newOffsets[i + 1] += newOffsets[i];
        }
        int[] next = newOffsets.clone();
        for (int group = 0; group < groups; group++) {
            for (int row = 0; row < rowsPerGroup; row++) {
                int from = group * rowsPerGroup + row;
                for (int i = offsets[from]; i < offsets[from + 1]; i++) {
                    newBlocks[next[group * columns + blocks[i]]++] = row;
                }
            }
        }
        return new int[][] {newOffsets, newBlocks};
    }
}
