package muflex.experiments.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class PackedDocumentsTest {

    @Test
    void packsWholeDocumentsUntilTheSequenceIsFull() {
        int[] ids = PackedDocuments.pack(List.of(4, 4, 4, 99), 10, 1);

        assertThat(ids).containsExactly(0, 0, 0, 0, 1, 1, 1, 1, 2, 2);
    }

    @Test
    void theSameSeedGivesTheSamePacking() {
        List<Integer> lengths = List.of(3, 5, 7, 11, 13);

        assertThat(PackedDocuments.pack(lengths, 64, 5)).isEqualTo(PackedDocuments.pack(lengths, 64, 5));
        assertThat(PackedDocuments.pack(lengths, 64, 5)).isNotEqualTo(PackedDocuments.pack(lengths, 64, 6));
    }

    @Test
    void withoutAnyShortEnoughEachPositionIsADocument() {
        assertThat(PackedDocuments.pack(List.of(99), 3, 1)).containsExactly(0, 1, 2);
    }

    @Test
    void realFilesGiveSeveralDocumentsInAShortSequence() {
        int[] ids = PackedDocuments.ids(512, 1);

        assertThat(Arrays.stream(ids).distinct().count()).isBetween(3L, 40L);
    }
}
