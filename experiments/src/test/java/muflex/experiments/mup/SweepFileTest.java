package muflex.experiments.mup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import muflex.experiments.Golden;
import muflex.experiments.report.Git;
import muflex.experiments.report.Json;
import muflex.experiments.report.RowFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class SweepFileTest {

    @TempDir
    Path folder;

    private static final SweepSettings SETTINGS = new SweepSettings(100, 8, 64, 16, 16, 2, 10, "lines", "0123");

    private static SweepRow row(String rule, int width, int exponent, long seed, double loss) {
        SweepCase run = new SweepCase(rule, width, 2, Math.pow(2, exponent), seed);
        List<SweepRow.Milestone> milestones =
                List.of(new SweepRow.Milestone(1, 5.5), new SweepRow.Milestone(100, loss));
        return new SweepRow(
                2, "transfer", "2026-01-01T00:00:00Z", "ok", run, SETTINGS, milestones, loss, 1.5, null, Origins.SOME);
    }

    @Test
    void aSweepGoesOnAfterALineThatWasCutOff() throws IOException {
        Path file = folder.resolve("sweep.jsonl");
        try (SweepFile rows = SweepFile.append(file)) {
            rows.add(row("mup", 16, -5, 1, 3));
        }
        Files.writeString(file, "{\"schema\":1,\"exper", StandardOpenOption.APPEND);
        assertThat(SweepFile.read(file).rows()).containsExactly(row("mup", 16, -5, 1, 3));
        assertThat(SweepFile.read(file).damaged()).containsExactly(2);
        try (SweepFile rows = SweepFile.append(file)) {
            rows.add(row("mup", 32, -5, 1, 2.9));
        }
        assertThat(SweepFile.read(file).rows()).containsExactly(row("mup", 16, -5, 1, 3), row("mup", 32, -5, 1, 2.9));
        assertThat(SweepFile.read(file).damaged()).isEmpty();
    }

    /** As an editor leaves a file. */
    @Test
    void aLastRowWithoutItsLineBreakIsKept() throws IOException {
        Path file = folder.resolve("sweep.jsonl");
        Files.writeString(file, Json.write(row("mup", 16, -5, 1, 3)));
        try (SweepFile rows = SweepFile.append(file)) {
            rows.add(row("mup", 32, -5, 1, 2.9));
        }
        assertThat(SweepFile.read(file).rows()).containsExactly(row("mup", 16, -5, 1, 3), row("mup", 32, -5, 1, 2.9));
    }

    /** Rows measured before rows told their origin are rows. */
    @Test
    void rowsOfTheFirstSchemaAreRead() throws IOException {
        Path file = folder.resolve("sweep.jsonl");
        String second = Json.write(row("mup", 16, -5, 1, 3));
        Files.writeString(
                file,
                second.replace("\"schema\":2", "\"schema\":1")
                                .replaceFirst(",\"origin\":.*", ",\"git\":{\"commit\":\"abc\",\"dirty\":false}}")
                        + "\n" + second.replace("\"schema\":2", "\"schema\":3") + "\n");

        RowFile.Contents<SweepRow> contents = SweepFile.read(file);

        assertThat(contents.rows()).singleElement().satisfies(row -> {
            assertThat(row.loss()).isEqualTo(3);
            assertThat(row.git()).isEqualTo(new Git("abc", false));
            assertThat(row.origin()).isNull();
        });
        assertThat(contents.complaint(file))
                .isEqualTo(
                        file + ": skipped 1 line that is no row: 2 (row: expected a run of transfer, of schema 1 or 2,"
                                + " got transfer of schema 3)");
    }

    /** A damaged row in the middle is counted and named, not the end of the report. */
    @Test
    void aReportSkipsWhatIsNoRow() throws IOException {
        Path file = folder.resolve("sweep.jsonl");
        StringBuilder lines = new StringBuilder();
        for (int width : new int[] {16, 32}) {
            for (int exponent = -7; exponent <= -3; exponent++) {
                lines.append(Json.write(row("mup", width, exponent, 1, 3 + 0.1 * Math.abs(exponent + 5))))
                        .append('\n');
            }
            lines.append("{\"schema\":2,\"exper\n");
        }
        Files.writeString(file, lines);
        StringWriter err = new StringWriter();
        CommandLine line = new CommandLine(new TransferCommand())
                .setOut(new PrintWriter(new StringWriter()))
                .setErr(new PrintWriter(err));

        assertThat(line.execute("--report", file.toString())).isZero();

        assertThat(err.toString())
                .startsWith(file + ": skipped 2 lines that are no row: 6, 12 (")
                .hasLineCount(1);
    }

    @Test
    void twoWritersAreRefusedAndLoseNothing() throws IOException {
        Path file = folder.resolve("sweep.jsonl");
        try (SweepFile rows = SweepFile.append(file)) {
            rows.add(row("mup", 16, -5, 1, 3));
            assertThatThrownBy(() -> SweepFile.append(file))
                    .hasMessage("--out: expected a file that no other process writes, got " + file
                            + "; wait for that one, or name another");
        }
        assertThat(SweepFile.read(file).rows()).containsExactly(row("mup", 16, -5, 1, 3));
    }

    /** Two rules: one whose best rate stays, one whose best rate halves with each doubling of width. */
    @Test
    void theReportShowsHowFarTheBestRateMoves() throws IOException {
        List<SweepRow> rows = new ArrayList<>();
        for (int doubling = 0; doubling < 3; doubling++) {
            for (int exponent = -9; exponent <= -2; exponent++) {
                double steady = 2.9 - 0.1 * doubling + 0.1 * Math.pow(exponent + 5.2, 2);
                double falling = 2.9 - 0.1 * doubling + 0.1 * Math.pow(exponent + 4.5 + doubling, 2);
                rows.add(row("steady", 16 << doubling, exponent, 1, steady));
                rows.add(row("falling", 16 << doubling, exponent, 1, falling));
            }
        }
        List<Transfer> transfers = Transfer.of(rows.stream().map(TrainedRun::of).toList());
        Golden.check("transfer.txt", TransferReport.table(transfers) + TransferReport.summary(transfers));
        assertThat(transfers.getFirst().factor()).isBetween(1.0, 1.0 + 1e-9);
        assertThat(transfers.getLast().factor()).isBetween(4 - 1e-9, 4 + 1e-9);
    }
}
