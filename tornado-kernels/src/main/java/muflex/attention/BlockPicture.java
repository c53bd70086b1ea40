package muflex.attention;

import java.util.Locale;

/** A block mask as text: {@code #} full, {@code +} partial, {@code .} skipped. */
final class BlockPicture {

    /** Columns and rows at most; a character of a larger mask stands for a square of blocks. */
    private static final int SIZE = 64;

    /** Pictures at most, one a batch and head that differ. */
    private static final int PICTURES = 4;

    private final BlockMask mask;
    private final Grid grid;
    private final int merged;

    BlockPicture(BlockMask mask, Grid grid) {
        this.mask = mask;
        this.grid = grid;
        merged = Math.ceilDiv(Math.max(grid.queryBlocks(), grid.kvBlocks()), SIZE);
    }

    String draw() {
        StringBuilder text = new StringBuilder();
        text.append(String.format(
                Locale.ROOT,
                "BlockMask [batch %d, heads %d, queries %d, keys %d], blocks %d × %d, %.2f %% skipped",
                grid.batch(),
                grid.heads(),
                grid.queryLength(),
                grid.kvLength(),
                grid.queryBlock(),
                grid.kvBlock(),
                mask.sparsity()));
        if (merged > 1) {
            text.append(String.format(Locale.ROOT, ", a character is %d × %d blocks", merged, merged));
        }
        text.append('\n');
        for (int group = 0; group < Math.min(PICTURES, grid.groups()); group++) {
            if (grid.groups() > 1) {
                text.append(String.format(
                        Locale.ROOT, "b %d, h %d\n", group / grid.storedHeads(), group % grid.storedHeads()));
            }
            draw(text, group);
        }
        if (grid.groups() > PICTURES) {
            text.append("and ").append(grid.groups() - PICTURES).append(" more\n");
        }
        return text.toString();
    }

    private void draw(StringBuilder text, int group) {
        int columns = Math.ceilDiv(grid.kvBlocks(), merged);
        for (int row = 0; row < grid.queryBlocks(); row += merged) {
            int rows = Math.min(merged, grid.queryBlocks() - row);
            int[] partials = new int[columns];
            int[] fulls = new int[columns];
            for (int r = group * grid.queryBlocks() + row; r < group * grid.queryBlocks() + row + rows; r++) {
                BlockLists lists = mask.lists();
                count(partials, lists.partialOffsets(), lists.partialBlocks(), r);
                count(fulls, lists.fullOffsets(), lists.fullBlocks(), r);
            }
            for (int column = 0; column < columns; column++) {
                int cells = rows * Math.min(merged, grid.kvBlocks() - column * merged);
                char full = fulls[column] == cells ? '#' : '+';
                text.append(fulls[column] + partials[column] == 0 ? '.' : full);
            }
            text.append('\n');
        }
    }

    private void count(int[] counts, int[] offsets, int[] blocks, int row) {
        for (int i = offsets[row]; i < offsets[row + 1]; i++) {
            counts[blocks[i] / merged]++;
        }
    }
}
