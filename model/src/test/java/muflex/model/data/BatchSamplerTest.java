package muflex.model.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class BatchSamplerTest {

    private static Text counting(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) i;
        }
        return new Text(List.of(new Document("a", bytes)));
    }

    @Test
    void aStepsBatchDependsOnSeedAndStepOnly() {
        BatchSampler sampler = new BatchSampler(counting(5000), 3, 4, 7);
        int[] tokens = new int[12];
        int[] targets = new int[12];
        sampler.fill(9, tokens, targets);
        int[] again = new int[12];
        sampler.fill(2, again, targets);
        assertThat(again).isNotEqualTo(tokens);
        new BatchSampler(counting(5000), 3, 4, 7).fill(9, again, targets);
        assertThat(again).isEqualTo(tokens);
        new BatchSampler(counting(5000), 3, 4, 8).fill(9, again, targets);
        assertThat(again).isNotEqualTo(tokens);
    }

    @Test
    void targetsAreTheNextBytesAndEveryStartIsReached() {
        BatchSampler sampler = new BatchSampler(counting(8), 2, 4, 1);
        boolean[] seen = new boolean[8];
        int[] tokens = new int[8];
        int[] targets = new int[8];
        for (int step = 0; step < 100; step++) {
            sampler.fill(step, tokens, targets);
            seen[tokens[0]] = true;
            for (int i = 0; i < 8; i++) {
                assertThat(targets[i]).isEqualTo(tokens[i] + 1);
            }
        }
        assertThat(seen).containsExactly(true, true, true, true, false, false, false, false);
    }

    @Test
    void documentsAreThoseOfTheTokens() {
        Text text =
                new Text(List.of(new Document("a", new byte[] {1, 1, 1}), new Document("b", new byte[] {2, 2, 2, 2})));
        BatchSampler sampler = new BatchSampler(text, 2, 4, 5);
        int[] tokens = new int[8];
        int[] documents = new int[8];
        for (int step = 0; step < 20; step++) {
            sampler.fill(step, tokens, new int[8]);
            sampler.fillDocuments(step, documents);
            for (int i = 0; i < 8; i++) {
                assertThat(documents[i]).isEqualTo(tokens[i] - 1);
            }
        }
    }

    @Test
    void windowsAreSpreadAndInside() {
        Windows windows = Windows.spread(counting(100), 10, 4);
        assertThat(windows.starts()).containsExactly(0, 29, 59, 89);
        assertThat(Windows.spread(counting(25), 10, 400).count()).isEqualTo(2);
        assertThatThrownBy(() -> Windows.spread(counting(10), 10, 1))
                .hasMessage("text: expected more than 10 bytes in each split, got 10; "
                        + "give more text or a shorter context");
    }
}
