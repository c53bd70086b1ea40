package muflex.model.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NgramModelTest {

    private static Text text(String content) {
        return new Text(List.of(new Document("t", content.getBytes(StandardCharsets.ISO_8859_1))));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void probabilitiesOfAllBytesSumToOne(int order) {
        NgramModel model = NgramModel.train(order, text("abracadabra, said the magician; abracadabra"));
        for (String context : List.of("ab", "zz", "a ", "q\u00ff")) {
            double sum = 0;
            for (int value = 0; value < 256; value++) {
                sum += model.probability(text(context + (char) value), 2);
            }
            assertThat(sum).isCloseTo(1, within(1e-12));
        }
    }

    /** Counts by hand: after a, seen 3 times, come b twice and c once; n1 = 2 (ac, ca), n2 = 2 (ab, ba): D = 1/3. */
    @Test
    void followsItsFormula() {
        Text trained = text("abacaba");
        NgramModel bigram = NgramModel.train(2, trained);
        NgramModel unigram = NgramModel.train(1, trained);
        double discount = 1 / 3.0;
        double b = unigram.probability(text("ab"), 1);
        assertThat(bigram.probability(text("ab"), 1))
                .isCloseTo((2 - discount) / 3 + discount * 2 / 3 * b, within(1e-15));
        // Unigrams: a 4, b 2, c 1; n1 = 1, n2 = 1: D = 1/3.
        assertThat(b).isCloseTo((2 - discount) / 7 + discount * 3 / 7 / 256, within(1e-15));
    }

    @Test
    void longerContextsLearnMore() {
        String pattern = "the cat sat on the mat. ".repeat(50);
        Corpus corpus = Corpus.of(
                "test",
                List.of(
                        new Document("a", pattern.getBytes(StandardCharsets.UTF_8)),
                        new Document("b", pattern.getBytes(StandardCharsets.UTF_8))));
        Baselines baselines = Baselines.measure(corpus, Windows.spread(corpus.validation(), 32, 8));
        assertThat(baselines.trigram()).isLessThan(baselines.bigram());
        assertThat(baselines.bigram()).isLessThan(baselines.unigram());
        assertThat(baselines.unigram()).isLessThan(Math.log(256));
        assertThat(Baselines.bits(Math.log(2))).isEqualTo(1);
    }
}
