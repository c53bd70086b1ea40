package muflex.kernels;

/**
 * Where a work group is: its batch and head, the tiles of queries and of keys at hand, and how far it is along its spans.
 * Numbers in a small array of each work item, which are registers.
 */
final class GroupPlace {
    static final int BATCH = 0;
    static final int HEAD = 1;

    /** The first query at hand, how many there are, and the first one's row in q, out and lse. */
    static final int QUERY = 2;

    static final int QUERIES = 3;
    static final int QUERY_ROW = 4;

    /** The first key at hand, how many there are, and the first one's row in k and v. */
    static final int KEY = 5;

    static final int KEYS = 6;
    static final int KEY_ROW = 7;

    /** Whether the mask must be asked about the tiles at hand: 0 or 1. */
    static final int MASKED = 8;

    /** The span of the next step, where in it the step starts, and one past the last span. */
    private static final int SPAN = 9;

    private static final int NEXT = 10;
    private static final int LAST_SPAN = 11;

    /** The end of the span of the next step, as of {@link AttentionSizes}: read from memory once a span. */
    private static final int END = 16;

    /** The row of element 0 of the axis that spans lie on. */
    private static final int ROW_0 = 12;

    /** Where on that axis the group begins, and one past where it ends. */
    private static final int FROM = 13;

    private static final int TO = 14;

    /** Rows of a step: {@value AttentionSizes#TILE}, if the kernel does not put another number here. */
    static final int STEP = 15;

    /** Entries of such an array. */
    static final int COUNT = 17;

    /** Ints of a group in a {@link #table}. */
    private static final int ROW = 8;

    private static final int TILE = AttentionSizes.TILE;

    /** Elements of keys and values, 16 MiB in 16 bits, that caches of today's large GPUs keep. */
    private static final int CACHED = 1 << 23;

    private GroupPlace() {}

    /** Groups that {@link #ofQueries} tells apart. */
    static int groups(int[] sizes, int tile) {
        return sizes[AttentionSizes.BATCH]
                * sizes[AttentionSizes.HEADS]
                * AttentionSizes.tiles(sizes[AttentionSizes.QUERIES], sizes[AttentionSizes.QUERY_BLOCK], tile);
    }

    /**
     * Key heads that are worked on at a time: as many as the cache keeps the keys and values of. Tiles of these heads take turns, so
     * that the longest of a causal mask come first of all and short ones fill the gaps at the end.
     */
    private static int together(int[] sizes) {
        int dims = sizes[AttentionSizes.HEAD_DIM] + sizes[AttentionSizes.VALUE_DIM];
        return Math.max(1, CACHED / dims / sizes[AttentionSizes.KEYS]);
    }

    /** The head of a unit of work, where {@code together} of {@code heads} take turns, each {@code tiles} units. */
    private static int headOf(int unit, int heads, int together, int tiles) {
        int first = unit / together / tiles * together;
        return first + (unit - first * tiles) % Math.min(together, heads - first);
    }

    /** That unit's tile. */
    private static int tileOf(int unit, int heads, int together, int tiles) {
        int first = unit / together / tiles * together;
        return (unit - first * tiles) / Math.min(together, heads - first);
    }

    /** A group that is a tile of {@code tile} queries of a head, before its first keys. The last tiles come first. */
    static void ofQueries(int[] sizes, int[] starts, int[] spans, int tile, int[] place) {
        int row = ofQueries(WorkGroup.groupId(), sizes, tile, place);
        start(starts, spans, row, place);
    }

    /** The queries of group {@code group}, and before all keys; returns the row of its spans. */
    private static int ofQueries(int group, int[] sizes, int tile, int[] place) {
        int block = sizes[AttentionSizes.QUERY_BLOCK];
        int tiles = AttentionSizes.tiles(sizes[AttentionSizes.QUERIES], block, tile);
        int heads = sizes[AttentionSizes.BATCH] * sizes[AttentionSizes.HEADS];
        int together = Math.min(heads, together(sizes) * sizes[AttentionSizes.GROUP]);
        int head = headOf(group, heads, together, tiles);
        int t = tiles - 1 - tileOf(group, heads, together, tiles);
        int query = AttentionSizes.tileStart(t, block, tile);
        place[QUERY] = query;
        place[QUERIES] = AttentionSizes.tileEnd(query, block, sizes[AttentionSizes.QUERIES], tile) - query;
        place[QUERY_ROW] = head * sizes[AttentionSizes.QUERIES] + query;
        place[ROW_0] = head / sizes[AttentionSizes.GROUP] * sizes[AttentionSizes.KEYS];
        return ofHead(sizes, head, tiles, t, place);
    }

    /** All that {@link #ofQueries} finds out about each group but its spans, for {@link #ofTable}. */
    static int[] table(int[] sizes, int tile) {
        int[] table = new int[groups(sizes, tile) * ROW];
        int[] place = new int[COUNT];
        for (int group = 0; group * ROW < table.length; group++) {
            table[group * ROW] = ofQueries(group, sizes, tile, place);
            table[group * ROW + 1] = place[BATCH];
            table[group * ROW + 2] = place[HEAD];
            table[group * ROW + 3] = place[QUERY];
            table[group * ROW + 4] = place[QUERIES];
            table[group * ROW + 5] = place[QUERY_ROW];
            table[group * ROW + 6] = place[ROW_0];
        }
        return table;
    }

    /** {@link #ofQueries} without its divisions, one behind the other, in which a small group would spend more than a step's time. */
    static void ofTable(int[] table, int[] starts, int[] spans, int[] place) {
        int at = WorkGroup.groupId() * ROW;
        place[BATCH] = table[at + 1];
        place[HEAD] = table[at + 2];
        place[QUERY] = table[at + 3];
        place[QUERIES] = table[at + 4];
        place[QUERY_ROW] = table[at + 5];
        place[ROW_0] = table[at + 6];
        start(starts, spans, table[at], place);
    }

    /**
     * A group that is all queries of the heads that share key head {@code keyHead}, before the first of the keys from {@code from} to
     * {@code to}. These heads have one list of spans, and their queries are one tile.
     */
    static void ofKeyHead(int[] sizes, int[] starts, int[] spans, int keyHead, int from, int to, int[] place) {
        int head = keyHead * sizes[AttentionSizes.GROUP];
        place[QUERY] = 0;
        place[QUERIES] = sizes[AttentionSizes.GROUP] * sizes[AttentionSizes.QUERIES];
        place[QUERY_ROW] = head * sizes[AttentionSizes.QUERIES];
        place[ROW_0] = keyHead * sizes[AttentionSizes.KEYS];
        start(starts, spans, ofHead(sizes, head, 1, 0, place), place);
        int span = place[SPAN];
        while (span < place[LAST_SPAN] && spans[2 * span + 1] >> 1 <= from) {
            span++;
        }
        int last = span;
        while (last < place[LAST_SPAN] && spans[2 * last] < to) {
            last++;
        }
        place[LAST_SPAN] = last;
        place[FROM] = from;
        place[TO] = to;
        enter(spans, span, place);
    }

    /** Units of work that {@link #ofKeys} tells apart. */
    static int units(int[] sizes) {
        return keyHeads(sizes) * keyTiles(sizes);
    }

    private static int keyHeads(int[] sizes) {
        return sizes[AttentionSizes.BATCH] * sizes[AttentionSizes.HEADS] / sizes[AttentionSizes.GROUP];
    }

    private static int keyTiles(int[] sizes) {
        return AttentionSizes.tiles(sizes[AttentionSizes.KEYS], sizes[AttentionSizes.KEY_BLOCK]);
    }

    /** A unit of work that is a tile of keys of a key head. */
    static void ofKeys(int[] sizes, int unit, int[] place) {
        int key = AttentionSizes.tileStart(keyTile(sizes, unit), sizes[AttentionSizes.KEY_BLOCK]);
        place[KEY] = key;
        place[KEYS] = AttentionSizes.tileEnd(key, sizes[AttentionSizes.KEY_BLOCK], sizes[AttentionSizes.KEYS]) - key;
        place[KEY_ROW] = keyHead(sizes, unit) * sizes[AttentionSizes.KEYS] + key;
    }

    /** Such a unit before the first queries of the {@code g}-th query head of its key head. */
    static void queryHead(int[] sizes, int[] starts, int[] spans, int unit, int g, int[] place) {
        int head = keyHead(sizes, unit) * sizes[AttentionSizes.GROUP] + g;
        place[ROW_0] = head * sizes[AttentionSizes.QUERIES];
        int row = ofHead(sizes, head, keyTiles(sizes), keyTile(sizes, unit), place);
        start(starts, spans, row, place);
    }

    private static int keyHead(int[] sizes, int unit) {
        return headOf(unit, keyHeads(sizes), Math.min(keyHeads(sizes), together(sizes)), keyTiles(sizes));
    }

    private static int keyTile(int[] sizes, int unit) {
        return tileOf(unit, keyHeads(sizes), Math.min(keyHeads(sizes), together(sizes)), keyTiles(sizes));
    }

    /** The batch and the head; returns the row of the spans of tile {@code t}. */
    private static int ofHead(int[] sizes, int head, int tiles, int t, int[] place) {
        int b = head / sizes[AttentionSizes.HEADS];
        int h = head % sizes[AttentionSizes.HEADS];
        place[BATCH] = b;
        place[HEAD] = h;
        return AttentionSizes.row(sizes, b, h, tiles, t);
    }

    private static void start(int[] starts, int[] spans, int row, int[] place) {
        place[LAST_SPAN] = starts[row + 1];
        place[FROM] = 0;
        place[TO] = Integer.MAX_VALUE;
        place[STEP] = TILE;
        enter(spans, starts[row], place);
    }

    private static void enter(int[] spans, int span, int[] place) {
        place[SPAN] = span;
        if (span < place[LAST_SPAN]) {
            int end = spans[2 * span + 1];
            place[NEXT] = Math.max(spans[2 * span], place[FROM]);
            place[END] = Math.min(end >> 1, place[TO]) * 2 + (end & 1);
        }
    }

    /** Whether there is a next step. */
    static boolean more(int[] place) {
        return place[SPAN] < place[LAST_SPAN];
    }

    /** The first row of the next step. */
    static int nextRow(int[] place) {
        return place[ROW_0] + place[NEXT];
    }

    /** Rows of the next step. */
    static int nextCount(int[] place) {
        return Math.min(place[STEP], (place[END] >> 1) - place[NEXT]);
    }

    /** Steps to the next keys. */
    static void stepKeys(int[] spans, int[] place) {
        place[KEY] = place[NEXT];
        place[KEYS] = nextCount(place);
        place[KEY_ROW] = nextRow(place);
        step(spans, place);
    }

    /** Steps to the next queries. */
    static void stepQueries(int[] spans, int[] place) {
        place[QUERY] = place[NEXT];
        place[QUERIES] = nextCount(place);
        place[QUERY_ROW] = nextRow(place);
        step(spans, place);
    }

    private static void step(int[] spans, int[] place) {
        place[MASKED] = 1 - (place[END] & 1);
        place[NEXT] += place[STEP];
        if (place[NEXT] >= place[END] >> 1) {
            enter(spans, place[SPAN] + 1, place);
        }
    }
}
