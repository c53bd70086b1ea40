package muflex.paging;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import muflex.attention.BlockMask;
import muflex.attention.MaskMod;
import muflex.attention.MaskMods;
import muflex.attention.MaskRanges;
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
    private final @Nullable MaskMod own;
    private final @Nullable MaskRanges ranges;

    /** {@code [slots, pages]}: which page of its slot's sequence each page is; −1 for none. */
    private final int[] logical;

    /** {@code [slots]}: tokens before the queries. */
    private final int[] prefix;

    /** {@code [slots, queries]}: a walk through the tree of queries, see {@link MaskMods#tree}; −1 past the last query. */
    private final int[] enter;

    private final int[] exit;

    /** {@code [slots, queries]}: the logical position of each query. */
    private final int[] position;

    private final BlockMask blocks;

    /** Pages to ask the mask in, and pages to take whole: {@code [1][heads][slots][any]}, see {@link BlockMask#withKvBlocks}. */
    private int[][][][] partial = {};

    private int[][][][] full = {};
    private final List<Integer> used = new ArrayList<>();

    /**
     * Tables of nothing.
     *
     * @param queries new tokens of a slot at most
     * @param splits slots of a sequence, which have a part of its pages each
     * @param heads query heads
     * @param own what a mask of the user's forbids beside, at logical positions; null for nothing. Pages of which it allows nothing are
     *     not read, and not asked about where it allows all
     */
    public PagedTables(PageTable table, int slots, int queries, int splits, int heads, @Nullable MaskMod own) {
        this.table = table;
        this.slots = slots;
        this.queries = queries;
        this.splits = splits;
        this.own = own;
        ranges = own == null ? null : new MaskRanges(own, heads);
        logical = new int[Math.multiplyExact(slots, table.pageCount())];
        Arrays.fill(logical, -1);
        prefix = new int[slots];
        enter = new int[slots * queries];
        exit = new int[slots * queries];
        position = new int[slots * queries];
        Arrays.fill(enter, -1);
        int places = table.pageCount() * table.pageSize();
        blocks = BlockMask.fromKvBlocks(mask(), slots * queries, places, queries, table.pageSize(), none(), none())
                .changing();
    }

    /** All places of the cache in blocks of a slot's queries and a page, none of which is listed yet; a changing mask. */
    public BlockMask blocks() {
        return blocks;
    }

    /** The same with the pages of the last {@link #fill}. */
    public BlockMask filled() {
        return blocks.withKvBlocks(partial, full);
    }

    /** Block lists of no pages, {@code [1][heads][slots][0]}; heads is 1 where the mask does not read the head. */
    private int[][][][] none() {
        return new int[1][ranges == null ? 1 : ranges.heads()][slots][0];
    }

    /** The pages that are read. */
    public List<Integer> used() {
        return used;
    }

    /** The place in its sequence of place {@code kv} of the cache; the slot's pages begin at {@code first}. */
    private static int place(int[] pageOf, int first, int size, int kv) {
        return pageOf[first + kv / size] * size + kv % size;
    }

    /** Which places a query sees: the prefix, its ancestors and itself, as far as the user's mask allows. */
    private MaskMod mask() {
        MaskMod allowed = own;
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
        if (allowed == null) {
            return seen;
        }
        return seen.and((b, h, q, kv) -> {
            int slot = q / rows;
            int place = place(pageOf, slot * pages, size, kv);
            int node = place - before[slot];
            return allowed.test(slot / parts, h, at[q], node < 0 ? place : at[slot * rows + node]);
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
        partial = none();
        full = none();
        boolean[] seen = new boolean[table.pageCount()];
        for (int s = 0; s < sequences.length; s++) {
            int[] pages = table.pages(sequences[s]);
            int before = table.length(sequences[s]) - parents[s].length;
            for (int part = 0; part < splits; part++) {
                tree(s * splits + part, before, parents[s]);
            }
            List<Page> read = pages(s, pages, table.length(sequences[s]), before);
            for (int part = 0; part < splits; part++) {
                int first = (int) ((long) read.size() * part / splits);
                int end = (int) ((long) read.size() * (part + 1) / splits);
                put(s * splits + part, read.subList(first, end));
            }
            read.forEach(page -> seen[page.physical] = true);
        }
        used.clear();
        for (int page = 0; page < seen.length; page++) {
            if (seen[page]) {
                used.add(page);
            }
        }
    }

    /** A page that a sequence reads, and whether all of it without asking. */
    private record Page(int logical, int physical, boolean whole) {}

    /** Those of sequence {@code s} of the call that any of its queries may see. */
    private List<Page> pages(int s, int[] pages, int length, int before) {
        List<Page> read = new ArrayList<>();
        int size = table.pageSize();
        int row = s * splits * queries;
        int first = Integer.MAX_VALUE;
        int last = 0;
        for (int i = row; i < row + queries; i++) {
            first = Math.min(first, position[i]);
            last = Math.max(last, position[i]);
        }
        for (int i = 0; i < Math.ceilDiv(length, size); i++) {
            boolean prefix = (i + 1) * size <= before;
            MaskRanges.Answer answer = !prefix
                    ? MaskRanges.Answer.UNKNOWN
                    : ranges == null
                            ? MaskRanges.Answer.ALL
                            : ranges.decide(s, first, last, i * size, (i + 1) * size - 1);
            if (answer != MaskRanges.Answer.NONE) {
                read.add(new Page(i, pages[i], answer == MaskRanges.Answer.ALL));
            }
        }
        return read;
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

    private void put(int slot, List<Page> pages) {
        for (Page page : pages) {
            logical[slot * table.pageCount() + page.physical] = page.logical;
        }
        int[] whole = sorted(pages, true);
        int[] asked = sorted(pages, false);
        for (int h = 0; h < full[0].length; h++) {
            full[0][h][slot] = whole;
            partial[0][h][slot] = asked;
        }
    }

    private static int[] sorted(List<Page> pages, boolean whole) {
        return pages.stream()
                .filter(page -> page.whole == whole)
                .mapToInt(Page::physical)
                .sorted()
                .toArray();
    }
}
