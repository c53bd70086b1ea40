package muflex.paging;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Which pages hold which tokens of which sequence. A page holds {@code pageSize} tokens; sequences that begin alike may share
 * pages, and one that writes into a shared page gets a copy of it first. What is refused leaves everything as it was. For one
 * thread at a time.
 *
 * <pre>{@code
 * int sequence = table.create();
 * table.append(sequence, 7);
 * int branch = table.fork(sequence, 5); // shares the pages of the first five tokens
 * table.erase(sequence);
 * }</pre>
 */
public final class PageTable {

    /** Who keeps what the pages hold. */
    @FunctionalInterface
    public interface Copy {
        /** The contents of a page must be copied, before anything is written to the new one. */
        void page(int from, int to);

        /** Places of a page from {@code first} on have no token of its sequence: what lies there is another's, or was refused. */
        default void clear(int page, int first) {}
    }

    private static final class Sequence {
        private int[] pages = {};
        private int length;
    }

    /** The longest array that every JVM makes. */
    static final int MOST = Integer.MAX_VALUE - 8;

    private final int pageSize;
    private final int[] users;
    private final ArrayDeque<Integer> free = new ArrayDeque<>();
    private final Map<Integer, Sequence> sequences = new HashMap<>();
    private final Copy copy;
    private int next;

    /**
     * A table of free pages.
     *
     * @param pages how many there are
     * @param pageSize tokens in a page
     * @param copy called for copies on write, and where places are taken anew
     */
    public PageTable(int pages, int pageSize, Copy copy) {
        positive("pages", pages);
        positive("pageSize", pageSize);
        if ((long) pages * pageSize > MOST) {
            throw new IllegalArgumentException("pages: expected at most " + MOST / pageSize + " of pageSize " + pageSize
                    + ", got " + pages + "; take fewer");
        }
        this.pageSize = pageSize;
        this.copy = copy;
        users = new int[pages];
        for (int page = 0; page < pages; page++) {
            free.add(page);
        }
    }

    private static void positive(String name, int value) {
        if (value <= 0) {
            throw new IllegalArgumentException(
                    name + ": expected a positive number, got " + value + "; pass at least 1");
        }
    }

    /** A new empty sequence. Its number is never given again, so that one that was erased is known. */
    public int create() {
        sequences.put(next, new Sequence());
        return next++;
    }

    /**
     * A new sequence that begins with the first {@code tokens} of another, whose pages they share.
     *
     * @param tokens from 0 to the other's length
     */
    public int fork(int sequence, int tokens) {
        Sequence from = find(sequence);
        within("tokens", tokens, from.length);
        Sequence fork = new Sequence();
        fork.pages = Arrays.copyOf(from.pages, Math.ceilDiv(tokens, pageSize));
        fork.length = tokens;
        for (int page : fork.pages) {
            users[page]++;
        }
        sequences.put(next, fork);
        return next++;
    }

    /**
     * Takes pages for {@code tokens} in all, so that appending up to there can't fail unless the sequence is forked in between: then the
     * next token may need one page more, for a copy of the one that they share.
     */
    public void reserve(int sequence, int tokens) {
        Sequence s = find(sequence);
        if (tokens < 0) {
            throw new IllegalArgumentException(
                    "tokens: expected at least 0, got " + tokens + "; pass the length to make room for");
        }
        reserve(sequence, s, tokens);
    }

    private void reserve(int sequence, Sequence s, long tokens) {
        boolean copies = tokens > s.length && writesShared(s);
        long wanted = Math.max(0, Math.ceilDiv(tokens, pageSize) - s.pages.length);
        long needed = wanted + (copies ? 1 : 0);
        if (needed > free.size()) {
            throw new IllegalStateException("pages: expected " + needed + " free for sequence " + sequence + " to hold "
                    + tokens + " tokens, got " + free.size() + " of " + users.length
                    + "; erase a sequence or make the cache larger");
        }
        if (copies) {
            int last = s.length / pageSize;
            int page = take();
            copy.page(s.pages[last], page);
            copy.clear(page, s.length % pageSize);
            release(s.pages[last]);
            s.pages[last] = page;
        }
        int had = s.pages.length;
        s.pages = Arrays.copyOf(s.pages, had + (int) wanted);
        for (int i = had; i < s.pages.length; i++) {
            s.pages[i] = take();
            copy.clear(s.pages[i], 0);
        }
    }

    /** Whether the next token goes into a page that another sequence reads. */
    private boolean writesShared(Sequence s) {
        return s.length % pageSize != 0 && users[s.pages[s.length / pageSize]] > 1;
    }

    private int take() {
        int page = free.remove();
        users[page] = 1;
        return page;
    }

    private void release(int page) {
        users[page]--;
        if (users[page] == 0) {
            free.add(page);
        }
    }

    /** Makes the sequence longer by {@code tokens}, whose keys and values are to be written now. */
    public void append(int sequence, int tokens) {
        Sequence s = find(sequence);
        if (tokens < 1) {
            throw new IllegalArgumentException("tokens: expected at least 1, got " + tokens + "; append what is new");
        }
        reserve(sequence, s, (long) s.length + tokens);
        s.length += tokens;
    }

    /**
     * Makes the sequence shorter: tokens that were guessed and refused.
     *
     * @param length from 0 to the sequence's; pages past it are free again if nobody else has them
     */
    public void truncate(int sequence, int length) {
        Sequence s = find(sequence);
        within("length", length, s.length);
        int kept = Math.ceilDiv(length, pageSize);
        for (int i = kept; i < s.pages.length; i++) {
            release(s.pages[i]);
        }
        s.pages = Arrays.copyOf(s.pages, kept);
        s.length = length;
        if (length % pageSize != 0 && users[s.pages[kept - 1]] == 1) {
            copy.clear(s.pages[kept - 1], length % pageSize);
        }
    }

    /** Ends a sequence; its pages are free again if nobody else has them. */
    public void erase(int sequence) {
        truncate(sequence, 0);
        sequences.remove(sequence);
    }

    private static void within(String name, int value, int most) {
        if (value < 0 || value > most) {
            throw new IllegalArgumentException(
                    name + ": expected 0 to " + most + ", the sequence's length, got " + value + "; pass less");
        }
    }

    private Sequence find(int sequence) {
        Sequence found = sequences.get(sequence);
        if (found == null) {
            throw new IllegalArgumentException("sequence: expected one in use, got " + sequence
                    + (sequence >= 0 && sequence < next ? ", which was erased" : ", which was never made")
                    + "; use the number that create or fork gave");
        }
        return found;
    }

    /** Tokens of a sequence. */
    public int length(int sequence) {
        return find(sequence).length;
    }

    /** The sequence's pages in order, reserved ones too. */
    public int[] pages(int sequence) {
        return find(sequence).pages.clone();
    }

    /** Where a token lies: page · pageSize + place in the page. */
    public int slot(int sequence, int position) {
        Sequence s = find(sequence);
        if (position < 0 || position >= s.length) {
            throw new IllegalArgumentException("position: expected 0 to " + (s.length - 1) + " in sequence " + sequence
                    + ", got " + position + "; append tokens first");
        }
        return s.pages[position / pageSize] * pageSize + position % pageSize;
    }

    /** Sequences that have this page. */
    public int users(int page) {
        if (page < 0 || page >= users.length) {
            throw new IllegalArgumentException("page: expected 0 to " + (users.length - 1) + ", got " + page
                    + "; pages(sequence) names a sequence's");
        }
        return users[page];
    }

    /** All pages. */
    public int pageCount() {
        return users.length;
    }

    /** Pages that nobody has. */
    public int freePages() {
        return free.size();
    }

    /** Tokens in a page. */
    public int pageSize() {
        return pageSize;
    }
}
