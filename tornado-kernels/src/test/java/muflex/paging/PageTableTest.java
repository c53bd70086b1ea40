package muflex.paging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PageTableTest {

    private final List<String> copies = new ArrayList<>();
    private final PageTable table = new PageTable(4, 3, (from, to) -> copies.add(from + " to " + to));

    @Test
    void pagesAreTakenAsTokensCome() {
        int a = table.create();
        int b = table.create();
        table.append(a, 2);
        table.append(b, 1);
        table.append(a, 2);
        assertThat(table.pages(a)).containsExactly(0, 2);
        assertThat(table.pages(b)).containsExactly(1);
        assertThat(table.slot(a, 3)).isEqualTo(6);
        assertThat(table.length(a)).isEqualTo(4);
        assertThat(table.freePages()).isEqualTo(1);
        table.erase(a);
        assertThat(table.freePages()).isEqualTo(3);
    }

    @Test
    void aSharedPageIsCopiedBeforeItIsWritten() {
        int a = table.create();
        table.append(a, 4);
        int b = table.fork(a, 4);
        assertThat(table.pages(b)).containsExactly(0, 1);
        assertThat(table.freePages()).isEqualTo(2);
        table.append(b, 1);
        assertThat(copies).containsExactly("1 to 2");
        assertThat(table.pages(b)).containsExactly(0, 2);
        assertThat(table.pages(a)).containsExactly(0, 1);
        // Now page 1 is a's alone.
        table.append(a, 2);
        assertThat(copies).hasSize(1);
        table.erase(a);
        assertThat(table.freePages()).isEqualTo(2);
        assertThat(table.users(0)).isEqualTo(1);
    }

    @Test
    void whatIsRefusedChangesNothing() {
        int a = table.create();
        table.append(a, 7);
        int b = table.create();
        assertThatThrownBy(() -> table.append(b, 4))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("pages: expected 2 free for sequence 1 to hold 4 tokens, got 1 of 4;"
                        + " erase a sequence or make the cache larger");
        assertThat(table.length(b)).isZero();
        assertThat(table.freePages()).isEqualTo(1);
        table.append(b, 3);
        int c = table.fork(a, 7);
        assertThatThrownBy(() -> table.append(c, 1)).hasMessageStartingWith("pages: expected 1 free for sequence 2");
        assertThat(copies).isEmpty();
    }

    /** Places without a token of the sequence's are reported before anything is written there. */
    @Test
    void placesTakenAnewAreReported() {
        List<String> cleared = new ArrayList<>();
        PageTable pages = new PageTable(4, 3, new PageTable.Copy() {
            @Override
            public void page(int from, int to) {
                cleared.add(from + " to " + to);
            }

            @Override
            public void clear(int page, int first) {
                cleared.add(page + " from " + first);
            }
        });
        int a = pages.create();
        pages.append(a, 5);
        assertThat(cleared).containsExactly("0 from 0", "1 from 0");
        cleared.clear();
        pages.append(a, 1);
        pages.fork(a, 4);
        pages.truncate(a, 5); // the last page is shared
        assertThat(cleared).isEmpty();
        pages.append(a, 1);
        assertThat(cleared).containsExactly("1 to 2", "2 from 2");
        cleared.clear();
        pages.truncate(a, 4);
        assertThat(cleared).containsExactly("2 from 1");
    }

    @Test
    void numbersTooLargeAreRefusedInOneLine() {
        int a = table.create();
        table.append(a, 2);
        assertThatThrownBy(() -> table.append(a, Integer.MAX_VALUE))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("pages: expected 715827882 free for sequence 0 to hold 2147483649 tokens, got 3 of 4;"
                        + " erase a sequence or make the cache larger");
        assertThat(table.length(a)).isEqualTo(2);
        assertThatThrownBy(() -> table.users(99))
                .hasMessage("page: expected 0 to 3, got 99; pages(sequence) names a sequence's");
        assertThatThrownBy(() -> new PageTable(1 << 30, 16, (from, to) -> {}))
                .hasMessage("pages: expected at most 134217727 of pageSize 16, got 1073741824; take fewer");
    }

    @Test
    void whatWasErasedIsNotErasedAgain() {
        int a = table.create();
        table.append(a, 5);
        table.erase(a);
        assertThatThrownBy(() -> table.erase(a))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("sequence: expected one in use, got 0, which was erased;"
                        + " use the number that create or fork gave");
        assertThatThrownBy(() -> table.append(9, 1))
                .hasMessage("sequence: expected one in use, got 9, which was never made;"
                        + " use the number that create or fork gave");
        assertThat(table.create()).isEqualTo(1);
        assertThat(table.freePages()).isEqualTo(4);
    }

    @Test
    void reservedPagesAreThereLater() {
        int a = table.create();
        table.reserve(a, 9);
        assertThat(table.freePages()).isEqualTo(1);
        int b = table.create();
        assertThatThrownBy(() -> table.append(b, 4)).isInstanceOf(IllegalStateException.class);
        table.append(a, 9);
        table.truncate(a, 2);
        assertThat(table.freePages()).isEqualTo(3);
        assertThatThrownBy(() -> table.truncate(a, 3))
                .hasMessage("length: expected 0 to 2, the sequence's length, got 3; pass less");
        assertThatThrownBy(() -> table.slot(a, 2))
                .hasMessage("position: expected 0 to 1 in sequence 0, got 2; append tokens first");
    }

    /** Any order of calls: every page is free or has the users that the sequences say, and copies are made where needed. */
    @Test
    void pagesAreNeverLostNorGivenTwice() {
        Random random = new Random(3);
        PageTable many = new PageTable(40, 4, (from, to) -> {});
        List<Integer> live = new ArrayList<>();
        for (int step = 0; step < 5000; step++) {
            int choice = random.nextInt(10);
            try {
                if (live.isEmpty() || choice == 0) {
                    live.add(many.create());
                } else if (choice < 6) {
                    many.append(live.get(random.nextInt(live.size())), 1 + random.nextInt(9));
                } else if (choice == 6) {
                    int from = live.get(random.nextInt(live.size()));
                    live.add(many.fork(from, random.nextInt(many.length(from) + 1)));
                } else if (choice == 7) {
                    int from = live.get(random.nextInt(live.size()));
                    many.truncate(from, random.nextInt(many.length(from) + 1));
                } else {
                    many.erase(live.remove(/* index */ random.nextInt(live.size())));
                }
            } catch (IllegalStateException full) {
                many.erase(live.remove(/* index */ random.nextInt(live.size())));
            }
            Map<Integer, Integer> users = new HashMap<>();
            for (int sequence : live) {
                assertThat(many.pages(sequence).length * 4).isGreaterThanOrEqualTo(many.length(sequence));
                for (int page : many.pages(sequence)) {
                    users.merge(page, 1, Integer::sum);
                }
            }
            for (int page = 0; page < 40; page++) {
                assertThat(many.users(page)).as("step %d, page %d", step, page).isEqualTo(users.getOrDefault(page, 0));
            }
            assertThat(many.freePages()).isEqualTo(40 - users.size());
        }
    }
}
