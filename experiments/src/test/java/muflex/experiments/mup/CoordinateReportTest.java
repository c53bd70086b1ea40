package muflex.experiments.mup;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import muflex.experiments.Golden;
import muflex.experiments.report.Json;
import muflex.model.TransformerConfig.Growth;
import muflex.model.parameterization.Parameterizations;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The printed table and a row's format, on values that are made up: logits fall as d^-3/2, changes grow as d^1/2. */
class CoordinateReportTest {

    private static final CoordinateSettings SETTINGS =
            new CoordinateSettings(List.of(64, 128, 256), 64, Growth.HEADS, 16, 2, 32, 16, 100, 0.01, 2, false);

    private static List<CoordinateRow> rows() {
        List<CoordinateRow> rows = new ArrayList<>();
        for (int step : SETTINGS.measuredSteps()) {
            for (int width : SETTINGS.widths()) {
                for (long seed = 1; seed <= SETTINGS.seeds(); seed++) {
                    double noise = seed == 1 ? 1.01 : 0.99;
                    Map<String, Double> values = new TreeMap<>();
                    values.put("attention |logit|", noise * Math.pow(width, -1.5));
                    values.put("query |dWx|", step == 1 ? 0 : noise * Math.sqrt(width));
                    values.put("query |Wx|", noise);
                    values.put("query norm", noise * width);
                    rows.add(new CoordinateRow(
                            2,
                            "coordcheck",
                            "2026-01-01T00:00:00Z",
                            "seed-text",
                            SETTINGS,
                            "lines (0123)",
                            width,
                            seed,
                            step,
                            values,
                            null,
                            Origins.SOME));
                }
            }
        }
        return rows;
    }

    @Test
    void theTableIsTheGoldenOne() throws IOException {
        List<CoordinateCheck.Finding> findings = CoordinateCheck.findings(Parameterizations.seedText(), rows());
        Golden.check(
                "coordcheck.txt",
                CoordinateReport.table(findings) + CoordinateReport.summary("seed-text", findings) + "\n");
    }

    /** A declared quantity that is lost at one width and seed fails; one of which nothing is declared is left out. */
    @ParameterizedTest
    @ValueSource(doubles = {0, Double.NaN, Double.POSITIVE_INFINITY})
    void whatVanishesFailsAndIsNamed(double lost) {
        List<CoordinateRow> rows = rows();
        rows.getLast().values().put("query |Wx|", lost);
        rows.getLast().values().put("query norm", lost);

        List<CoordinateCheck.Finding> findings = CoordinateCheck.findings(Parameterizations.seedText(), rows);

        assertThat(CoordinateReport.table(findings))
                .containsPattern("100  query \\|Wx\\| +- +- +0\\.00  FAIL, vanished")
                .containsPattern("100  query norm +1\\.01 ")
                .doesNotContain("NaN");
        assertThat(CoordinateReport.summary("seed-text", findings)).startsWith("seed-text: FAIL, 2 of 8 slopes ");
    }

    @Test
    void aRowIsTheGoldenOne() throws IOException {
        String line = Json.write(rows().getFirst());
        Golden.check("coordcheck.jsonl", line + "\n");
        assertThat(Json.read(line, CoordinateRow.class)).isEqualTo(rows().getFirst());
    }

    @Test
    void measuredAreTheFirstStepAndThreeShares() {
        assertThat(SETTINGS.measuredSteps()).containsExactly(1, 10, 100);
    }
}
