package muflex.paging;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import muflex.attention.MaskMod;
import muflex.attention.MaskMods;
import muflex.attention.ScoreMod;
import org.jspecify.annotations.Nullable;

/**
 * Where the tokens of a call of attention over pages lie: the tables that its lifted functions capture, and the pages of each slot as
 * block lists. The operation is one over all places of the cache, with {@code slots · queries} queries of one batch. A slot is one part of a sequence, {@code sequence · splits + part}; its queries are rows {@code slot · queries} and on.
 */
public final class PagedTables {

    private final PageTable table;
    private final int slots;
    private final int queries;
    private final int splits;
    private final boolean asksAlways;

    /** {@code [slots, pages]}: which page of its slot's sequence each page is; −1 for none. */
    private final int[] logical;

    /** {@code [slots]}: tokens before the queries. */
    private final int[] prefix;

    /** {@code [slots, queries]}: a walk through the tree of queries, see {@link MaskMods#tree}; −1 past the last query. */
    private final int[] enter;

    private final int[] exit;

    /** {@code [slots, queries]}: the logical position of each query. */
    private final int[] position;

    private int[][][][] partial = {};
    private int[][][][] full = {};
    private final List<Integer> used = new ArrayList<>();

    /**
     * Tables of nothing.
     *
     * @param queries new tokens of a slot at most
     * @param splits slots of a sequence, which have a part of its pages each
     * @param asksAlways whether no page is full, because a mask of the user's has a say
     */
    public PagedTables(PageTable table, int slots, int queries, int splits, boolean asksAlways) {
        this.table = table;
        this.slots = slots;
        this.queries = queries;
        this.splits = splits;
        this.asksAlways = asksAlways;
        logical = new int[Math.multiplyExact(slots, table.pageCount())];
        Arrays.fill(logical, -1);
        prefix = new int[slots];
        enter = new int[slots * queries];
        exit = new int[slots * queries];
        position = new int[slots * queries];
        Arrays.fill(enter, -1);
    }

    /** Pages to ask the mask in, {@code [1][1][slots][any]}, see {@link muflex.attention.BlockMask#withKvBlocks}. */
    public int[][][][] partial() {
        return partial;
    }

    /** Pages to take whole, {@code [1][1][slots][any]}. */
    public int[][][][] full() {
        return full;
    }

    /** The pages that are read. */
    public List<Integer> used() {
        return used;
    }

    /** The place in its sequence of place {@code kv} of the cache; the slot's pages begin at {@code first}. */
    private static int place(int[] pageOf, int first, int size, int kv) {
        return pageOf[first + kv / size] * size + kv % size;
    }

    /** Which places a query sees: the prefix, its ancestors and itself, as far as {@code own} allows. */
    public MaskMod mask(@Nullable MaskMod own) {
        int pages = table.pageCount();
        int size = table.pageSize();
        int rows = queries;
        int parts = splits;
        int[] pageOf = logical;
        int[] before = prefix;
        int[] from = enter;
        int[] to = exit;
        int[] at = position;
        MaskMod seen = (b, h, q, kv) -> {
            int slot = q / rows;
            int page = pageOf[slot * pages + kv / size];
            int node = page * size + kv % size - before[slot];
            return page >= 0
                    && from[q] >= 0
                    && (node < 0
                            || (node < rows
                                    && from[slot * rows + node] >= 0
                                    && from[slot * rows + node] <= from[q]
                                    && from[q] < to[slot * rows + node]));
        };
        if (own == null) {
            return seen;
        }
        return seen.and((b, h, q, kv) -> {
            int slot = q / rows;
            int place = place(pageOf, slot * pages, size, kv);
            int node = place - before[slot];
            return own.test(slot / parts, h, at[q], node < 0 ? place : at[slot * rows + node]);
        });
    }

    /** {@code own} at logical positions. */
    public ScoreMod scoreMod(ScoreMod own) {
        int pages = table.pageCount();
        int size = table.pageSize();
        int rows = queries;
        int parts = splits;
        int[] pageOf = logical;
        int[] before = prefix;
        int[] at = position;
        return (score, b, h, q, kv) -> {
            int slot = q / rows;
            int place = place(pageOf, slot * pages, size, kv);
            int node = place - before[slot];
            return own.apply(score, slot / parts, h, at[q], node < 0 ? place : at[slot * rows + node]);
        };
    }

    /** The tables for a call: the last {@code parents[i].length} tokens of sequence i are its queries. */
    public void fill(int[] sequences, int[][] parents) {
        Arrays.fill(logical, -1);
        Arrays.fill(enter, -1);
        partial = new int[][][][] {{new int[slots][0]}};
        full = new int[][][][] {{new int[slots][0]}};
        boolean[] seen = new boolean[table.pageCount()];
        for (int s = 0; s < sequences.length; s++) {
            int length = table.length(sequences[s]);
            int[] pages = table.pages(sequences[s]);
            int count = Math.ceilDiv(length, table.pageSize());
            int before = length - parents[s].length;
            for (int part = 0; part < splits; part++) {
                int slot = s * splits + part;
                int first = (int) ((long) count * part / splits);
                int end = (int) ((long) count * (part + 1) / splits);
                tree(slot, before, parents[s]);
                pages(slot, pages, first, end, before);
            }
            for (int i = 0; i < count; i++) {
                seen[pages[i]] = true;
            }
        }
        used.clear();
        for (int page = 0; page < seen.length; page++) {
            if (seen[page]) {
                used.add(page);
            }
        }
    }

    private void tree(int slot, int before, int[] parents) {
        prefix[slot] = before;
        int[][] order = MaskMods.treeOrder(parents);
        System.arraycopy(order[0], 0, enter, slot * queries, parents.length);
        System.arraycopy(order[1], 0, exit, slot * queries, parents.length);
        for (int node = 0; node < parents.length; node++) {
            int parent = parents[node];
            position[slot * queries + node] = parent < 0 ? before : position[slot * queries + parent] + 1;
        }
        // Score mods may be asked about rows past the last node: at a position that their arrays hold.
        int last = slot * queries + parents.length;
        Arrays.fill(position, last, (slot + 1) * queries, position[last - 1]);
    }

    /** A page of nothing but prefix is full, where no mask of the user's has a say. */
    private void pages(int slot, int[] pages, int first, int end, int before) {
        int wholly = asksAlways ? first : Math.clamp(before / table.pageSize(), first, end);
        int[] fullPages = Arrays.copyOfRange(pages, first, wholly);
        int[] partialPages = Arrays.copyOfRange(pages, wholly, end);
        for (int i = first; i < end; i++) {
            logical[slot * table.pageCount() + pages[i]] = i;
        }
        Arrays.sort(fullPages);
        Arrays.sort(partialPages);
        full[0][0][slot] = fullPages;
        partial[0][0][slot] = partialPages;
    }
}
