package muflex.experiments.mup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import muflex.engine.Devices;
import muflex.experiments.Progress;
import muflex.experiments.mup.Quantity.Measure;
import muflex.experiments.report.RowFile;
import muflex.model.TransformerConfig.Growth;
import muflex.model.data.Corpus;
import muflex.model.data.Document;
import muflex.model.parameterization.Parameterizations;
import muflex.model.parameterization.Role;
import muflex.model.training.DivergedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class CoordinateCheckTest {

    private static final CoordinateSettings SETTINGS =
            new CoordinateSettings(List.of(32, 64, 128), 32, Growth.HEADS, 16, 1, 16, 16, 10, 0.02, 3, false);

    private static final List<Role> HIDDEN =
            List.of(Role.QUERY, Role.KEY, Role.VALUE, Role.ATTENTION_OUT, Role.MLP_IN, Role.MLP_OUT);

    private static final Map<String, CoordinateCheck> DONE = new HashMap<>();

    private static Corpus corpus() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 900; i++) {
            text.append("line ").append(i).append(" has ").append(i * i % 97).append(" of it;\n");
        }
        byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
        return Corpus.of("lines", List.of(new Document("a", bytes), new Document("b", bytes)));
    }

    /** Trained once for all tests. */
    private static CoordinateCheck check(String rule) {
        return DONE.computeIfAbsent(rule, CoordinateCheckTest::trained);
    }

    private static CoordinateCheck trained(String rule) {
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
        List<Quantity> quantities = new ArrayList<>(List.of(new Quantity(Measure.ATTENTION_LOGIT, Role.QUERY)));
        for (Role role :
                List.of(Role.EMBEDDING, Role.QUERY, Role.KEY, Role.VALUE, Role.MLP_IN, Role.MLP_OUT, Role.READOUT)) {
            quantities.add(new Quantity(Measure.OUTPUT, role));
        }
        if (rule.equals("mup")) {
            // Gradients too; under the seed's rules they still fall a little slower at these widths.
            HIDDEN.forEach(role -> quantities.add(new Quantity(Measure.GRADIENT, role)));
        }
        Prediction prediction = new Prediction(Parameterizations.byName(rule), Growth.HEADS, false);
        for (Quantity quantity : quantities) {
            assertThat(slope(check, 1, quantity.measure(), quantity.role()))
                    .as(rule + " " + quantity)
                    .isCloseTo(prediction.atStart(quantity).orElseThrow(), within(CoordinateCheck.TOLERANCE));
        }
    }

    /** After ten updates μP's activations are alike at each width; under the standard rule all grow with it. */
    @Test
    void mupHoldsActivationsAndTheStandardRuleDoesNot() {
        CoordinateCheck mup = check("mup");
        CoordinateCheck standard = check("standard");
        for (Role role : HIDDEN) {
            assertThat(slope(mup, 10, Measure.OUTPUT, role))
                    .as("mup " + role)
                    .isCloseTo(0, within(CoordinateCheck.TOLERANCE));
            // What training made of them takes longer to settle than a test may.
            assertThat(slope(mup, 10, Measure.CHANGE, role))
                    .as("mup change " + role)
                    .isCloseTo(0, within(0.2));
            assertThat(slope(standard, 10, Measure.CHANGE, role))
                    .as("standard change " + role)
                    .isGreaterThan(0.35);
            if (role != Role.MLP_IN) {
                assertThat(slope(standard, 10, Measure.OUTPUT, role))
                        .as("standard " + role)
                        .isGreaterThan(0.2);
            }
        }
        assertThat(slope(mup, 10, Measure.ATTENTION_LOGIT, Role.QUERY)).isCloseTo(0, within(CoordinateCheck.TOLERANCE));
        assertThat(slope(standard, 10, Measure.ATTENTION_LOGIT, Role.QUERY)).isGreaterThan(0.4);
        assertThat(CoordinateReport.summary("standard", standard.findings())).startsWith("standard: FAIL, ");
    }

    /** The seed's rules let attention vanish with width, and training does not mend it. */
    @ParameterizedTest
    @CsvSource({"seed-text", "seed-code"})
    void theSeedsRulesStillFallAfterTraining(String rule) {
        assertThat(slope(check(rule), 10, Measure.ATTENTION_LOGIT, Role.QUERY)).isLessThan(-0.3);
        assertThat(slope(check(rule), 10, Measure.OUTPUT, Role.VALUE)).isLessThan(-0.15);
        assertThat(slope(check(rule), 10, Measure.OUTPUT, Role.READOUT))
                .as("a check of the logits alone sees nothing")
                .isCloseTo(0, within(CoordinateCheck.TOLERANCE));
    }

    @Test
    void aMissIsExitCodeOneAndItsRowsSayWhereTheyComeFrom(@TempDir Path folder) throws IOException {
        Path text = Files.writeString(folder.resolve("text.txt"), "the cat sat on the mat.\n".repeat(400));
        StringWriter out = new StringWriter();
        CommandLine line = new CommandLine(new CoordCheckCommand()).setOut(new PrintWriter(out));

        int code = line.execute(
                "--rule",
                "standard",
                "--text",
                text.toString(),
                "--widths",
                "32,64,128",
                "--depth",
                "1",
                "--context",
                "16",
                "--batch",
                "4",
                "--steps",
                "3",
                "--seeds",
                "1",
                "--lr",
                "0.02",
                "--out",
                folder.toString());

        assertThat(code).isEqualTo(1);
        assertThat(out.toString())
                .containsPattern("3  value \\|dWx\\| .* FAIL")
                .contains("standard: FAIL, ")
                .contains("note: with fewer than 4 widths or 3 seeds ");
        List<CoordinateRow> rows = RowFile.read(folder.resolve("standard-heads.jsonl"), CoordinateRow::parse)
                .rows();
        assertThat(rows).hasSize(6).allSatisfy(row -> {
            assertThat(row.schema()).isEqualTo(2);
            assertThat(row.origin().device()).isEqualTo("cpu");
            assertThat(row.origin().environment().jdk()).isNotBlank();
            assertThat(row.origin().command()).startsWith("scripts/muflex --rule standard --text ");
        });
    }

    @Test
    void aDivergedTrainingIsNoFinding() {
        CoordinateSettings wild =
                new CoordinateSettings(List.of(32, 64), 32, Growth.HEADS, 16, 1, 16, 4, 3, 1e16, 1, false);
        CoordinateCheck check = new CoordinateCheck(RuleArgument.of("mup"), wild, Origins.SOME);
        Progress silent = new Progress(new PrintStream(new ByteArrayOutputStream()), false);
        assertThatThrownBy(() -> check.run(corpus(), Devices.byId("cpu"), silent))
                .isInstanceOf(DivergedException.class)
                .hasMessageStartingWith("mup at width 32, step ")
                .hasMessageEndingWith("; use a smaller --lr");
    }

    /** A base that isn't among the widths: what is wide there is only trained wide. */
    @Test
    void theBaseMayLieBelowTheWidths() {
        CoordinateSettings settings =
                new CoordinateSettings(List.of(64, 128), 32, Growth.HEADS, 16, 1, 16, 8, 3, 0.01, 1, false);
        assertThat(settings.model(Parameterizations.mup(), 64).base().width()).isEqualTo(32);
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
