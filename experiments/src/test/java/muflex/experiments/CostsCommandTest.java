package muflex.experiments;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import muflex.experiments.report.Row;
import muflex.experiments.report.RowFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class CostsCommandTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path folder;

    private int run(String... args) {
        CommandLine line = Main.commandLine();
        line.setOut(new PrintWriter(out));
        line.setErr(new PrintWriter(err));
        return line.execute(args);
    }

    /** Every part, small: each answer is checked by the command itself. */
    @Test
    void tabulatesEveryPartAndKeepsItsRows() throws Exception {
        Path file = folder.resolve("costs.jsonl");
        assertThat(run(
                        "costs",
                        "--length",
                        "256",
                        "--heads",
                        "2",
                        "--repeat",
                        "2",
                        "--warmup",
                        "0",
                        "--out",
                        file + ""))
                .as(err.toString())
                .isZero();
        List<Row> rows = RowFile.read(file).rows();
        assertThat(rows.stream().map(row -> row.axis("kind")).distinct())
                .containsExactly(
                        "options",
                        "results",
                        "masks",
                        "growing cache",
                        "packed",
                        "decode",
                        "several tokens",
                        "generate");
        assertThat(rows.stream().map(row -> row.axis("name")))
                .contains(
                        "sinks, learned",
                        "dropout of 0.1",
                        "relative bias, learned",
                        "sigmoid",
                        "ReLU / keys",
                        "stick-breaking",
                        "maxScores",
                        "merge alone",
                        "replaceMask alone",
                        "packed",
                        "pages of int8, 4 splits",
                        "pages, verify",
                        "in pages, 8 samples");
        assertThat(out.toString()).contains("  held  ", " tokens/s  ", "  × causal  ");
        assertThat(rows).allSatisfy(row -> {
            assertThat(Objects.requireNonNull(row.timing()).median()).isPositive();
            assertThat(row.command()).startsWith("scripts/muflex costs --device cpu --heads 2 --length 256");
            assertThat(out.toString()).contains(row.axis("name"));
        });
        // Keys and values of two heads, 1024 tokens, 64 floats each.
        Row.Memory memory = Objects.requireNonNull(rows.stream()
                .filter(row -> row.axis("name").equals("pages of float")
                        && row.axis("case").equals("1 × 1024 keys"))
                .findFirst()
                .orElseThrow()
                .memory());
        assertThat(memory.held()).isGreaterThan(2 * 2 * 1024 * 64 * 4);
    }

    @Test
    void refusesAnUnknownPartBeforeAnythingRuns() {
        Path file = folder.resolve("costs.jsonl");
        assertThat(run("costs", "decoding", "--out", file.toString())).isEqualTo(2);
        assertThat(err.toString())
                .isEqualTo("muflex costs: PART: expected some of options, masks, packed, decode, prefill, generate, got"
                        + " decoding; leave it out for all" + System.lineSeparator());
        assertThat(file).doesNotExist();
    }
}
