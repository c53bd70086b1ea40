package muflex.experiments.mup;

import static org.assertj.core.api.Assertions.assertThat;

import muflex.experiments.mup.Quantity.Measure;
import muflex.model.TransformerConfig.Growth;
import muflex.model.parameterization.Parameterizations;
import muflex.model.parameterization.Role;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PredictionTest {

    private static double atStart(String rule, Growth growth, Measure measure, Role role) {
        return new Prediction(Parameterizations.byName(rule), growth, false)
                .atStart(new Quantity(measure, role))
                .orElseThrow();
    }

    /** Exponents at the first step, as worked out by hand: query output, attention logit, branch, query gradient. */
    @ParameterizedTest
    @CsvSource({
        "mup, HEADS, 0, 0, 0, -1",
        "mup, HEAD_DIM, 0, -0.5, 0, -1.5",
        "seed-text, HEADS, -0.5, -1.5, -0.5, -2.5",
        "seed-text, HEAD_DIM, -0.5, -1.5, -0.5, -2.5",
        "seed-code, HEADS, -1, -2.5, -1, -3.5",
        "seed-code, HEAD_DIM, -1, -3, -1, -4",
        "standard, HEADS, 0, 0, 0, -0.5",
        "mean-field, HEADS, 0, 0, 0, -1.5",
    })
    void theFirstStepFollowsFromTheExponents(
            String rule, Growth growth, double query, double logit, double branch, double gradient) {
        assertThat(atStart(rule, growth, Measure.OUTPUT, Role.QUERY)).isEqualTo(query);
        assertThat(atStart(rule, growth, Measure.ATTENTION_LOGIT, Role.QUERY)).isEqualTo(logit);
        assertThat(atStart(rule, growth, Measure.OUTPUT, Role.ATTENTION_OUT)).isEqualTo(branch);
        assertThat(atStart(rule, growth, Measure.GRADIENT, Role.QUERY)).isEqualTo(gradient);
    }

    /** A tied embedding as embedding, as readout, and its gradient. */
    @ParameterizedTest
    @CsvSource({"mup, 0, -0.5, -1", "standard, 0, 0, -0.5"})
    void aTiedEmbeddingStartsAsTheRuleSays(String rule, double embedding, double readout, double gradient) {
        Prediction prediction = new Prediction(Parameterizations.byName(rule), Growth.HEADS, true);
        assertThat(prediction.atStart(new Quantity(Measure.OUTPUT, Role.EMBEDDING)))
                .hasValue(embedding);
        assertThat(prediction.atStart(new Quantity(Measure.OUTPUT, Role.READOUT)))
                .hasValue(readout);
        assertThat(prediction.atStart(new Quantity(Measure.GRADIENT, Role.TIED_EMBEDDING)))
                .hasValue(gradient);
    }
}
