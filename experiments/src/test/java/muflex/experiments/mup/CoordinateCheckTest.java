package muflex.experiments.mup;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import muflex.engine.Devices;
import muflex.experiments.Progress;
import muflex.experiments.mup.Quantity.Measure;
import muflex.model.TransformerConfig.Growth;
import muflex.model.data.Corpus;
import muflex.model.data.Document;
import muflex.model.parameterization.Parameterizations;
import muflex.model.parameterization.Role;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CoordinateCheckTest {

    private static final CoordinateSettings SETTINGS =
            new CoordinateSettings(List.of(32, 64, 128), 32, Growth.HEADS, 16, 1, 16, 8, 6, 0.01, 2, false);

    private static Corpus corpus() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 900; i++) {
            text.append("line ").append(i).append(" has ").append(i * i % 97).append(" of it;\n");
        }
        byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
        return Corpus.of("lines", List.of(new Document("a", bytes), new Document("b", bytes)));
    }

    private static CoordinateCheck check(String rule) {
        CoordinateCheck check = new CoordinateCheck(RuleArgument.of(rule), SETTINGS, Origins.SOME);
        check.run(corpus(), Devices.byId("cpu"), new Progress(new PrintStream(new ByteArrayOutputStream()), false));
        return check;
    }

    private static double slope(CoordinateCheck check, int step, Measure measure, Role role) {
        return check.findings().stream()
                .filter(found -> found.step() == step && found.quantity().equals(new Quantity(measure, role)))
                .findFirst()
                .orElseThrow()
                .slope()
                .slope();
    }

    /** What a rule's exponents say of the first pass is what is measured. */
    @ParameterizedTest
    @CsvSource({"mup", "seed-text", "seed-code", "standard"})
    void theFirstPassIsAsPredicted(String rule) {
        CoordinateCheck check = check(rule);
        Prediction prediction = new Prediction(Parameterizations.byName(rule), Growth.HEADS, false);
        for (Role role : List.of(Role.QUERY, Role.KEY, Role.VALUE, Role.MLP_IN)) {
            double expected =
                    prediction.atStart(new Quantity(Measure.OUTPUT, role)).orElseThrow();
            assertThat(Math.abs(slope(check, 1, Measure.OUTPUT, role) - expected))
                    .as(rule + " " + role)
                    .isLessThan(CoordinateCheck.TOLERANCE);
        }
    }

    /** Under μP a hidden weight's change moves its output alike at each width; under the standard rule, more and more. */
    @Test
    void mupHoldsChangesAndTheStandardRuleDoesNot() {
        CoordinateCheck mup = check("mup");
        CoordinateCheck standard = check("standard");
        for (Role role : List.of(Role.VALUE, Role.MLP_IN)) {
            assertThat(Math.abs(slope(mup, 6, Measure.CHANGE, role)))
                    .as("mup " + role)
                    .isLessThan(0.25);
            assertThat(slope(standard, 6, Measure.CHANGE, role))
                    .as("standard " + role)
                    .isGreaterThan(0.4);
        }
        assertThat(CoordinateReport.summary("standard", standard.findings())).startsWith("standard: FAIL, ");
    }

    @Test
    void quantitiesAreReadAsTheyAreWritten() {
        for (Role role : Role.values()) {
            Quantity quantity = new Quantity(Measure.CHANGE, role);
            assertThat(Quantity.parse(quantity.toString())).isEqualTo(quantity);
        }
        Quantity logit = new Quantity(Measure.ATTENTION_LOGIT, Role.QUERY);
        assertThat(Quantity.parse(logit.toString())).isEqualTo(logit);
    }

    @Test
    void spectralNormsAreSingularValues() {
        float[] diagonal = {0, 3, 0, 0, 0, -2};
        assertThat(Measurements.spectralNorm(diagonal, 2, 3)).isBetween(2.999, 3.001);
    }
}
