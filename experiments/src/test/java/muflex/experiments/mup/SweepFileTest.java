package muflex.experiments.mup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import muflex.experiments.Golden;
import muflex.experiments.report.Git;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SweepFileTest {

    @TempDir
    Path folder;

    private static final SweepSettings SETTINGS = new SweepSettings(100, 8, 64, 16, 16, 2, 10, "lines", "0123");

    private static SweepRow row(String rule, int width, int exponent, long seed, double loss) {
        SweepCase run = new SweepCase(rule, width, 2, Math.pow(2, exponent), seed);
        List<SweepRow.Milestone> milestones =
                List.of(new SweepRow.Milestone(1, 5.5), new SweepRow.Milestone(100, loss));
        return new SweepRow(
                1,
                "transfer",
                "2026-01-01T00:00:00Z",
                "ok",
                run,
                SETTINGS,
                milestones,
                loss,
                1.5,
                new Git("abc", false));
    }

    @Test
    void aSweepGoesOnAfterALineThatWasCutOff() throws IOException {
        Path file = folder.resolve("sweep.jsonl");
        try (SweepFile rows = SweepFile.append(file)) {
            rows.add(row("mup", 16, -5, 1, 3));
        }
        Files.writeString(file, "{\"schema\":1,\"exper", StandardOpenOption.APPEND);
        assertThat(SweepFile.read(file)).containsExactly(row("mup", 16, -5, 1, 3));
        try (SweepFile rows = SweepFile.append(file)) {
            rows.add(row("mup", 32, -5, 1, 2.9));
        }
        assertThat(SweepFile.read(file)).containsExactly(row("mup", 16, -5, 1, 3), row("mup", 32, -5, 1, 2.9));
        Files.writeString(file, "{}\nnonsense\n{}\n");
        assertThatThrownBy(() -> SweepFile.read(file)).hasMessageStartingWith("sweep.jsonl line ");
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
        assertThat(SweepFile.read(file)).containsExactly(row("mup", 16, -5, 1, 3));
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
