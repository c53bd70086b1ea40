package muflex.experiments;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import muflex.experiments.report.Json;
import muflex.experiments.report.Row;
import muflex.experiments.report.Rows;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ReportCommandTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path folder;

    private int run(Object... args) {
        CommandLine line = Main.commandLine();
        line.setOut(new PrintWriter(out));
        line.setErr(new PrintWriter(err));
        return line.execute(List.of(args).stream().map(Object::toString).toArray(String[]::new));
    }

    private Path write(String name, List<Row> rows) throws IOException {
        return Files.writeString(
                folder.resolve(name), rows.stream().map(Json::write).collect(Collectors.joining("\n", "", "\n")));
    }

    @Test
    void oneFileGivesItsTablesAndAPage() throws IOException {
        Path file = write("a.jsonl", Rows.four());
        Files.writeString(file, Files.readString(file) + "{\"schema\":2");

        assertThat(run("report", file)).isZero();

        assertThat(out.toString())
                .contains("GFLOP/s on live elements")
                .contains("8 rows\npage: " + folder.resolve("a.html"));
        assertThat(err.toString())
                .startsWith(file + ": skipped 1 line that is no row: 9 (")
                .hasLineCount(1);
        assertThat(folder.resolve("a.html")).content().contains("Roofline");
    }

    @Test
    void twoFilesStandSideBySideWithAVerdict() throws IOException {
        Path a = write("a.jsonl", Rows.four());
        Path b = write("b.jsonl", Rows.four());

        assertThat(run("report", a, b, "--out", folder.resolve("both.html"))).isZero();

        assertThat(out.toString())
                .contains("× first")
                .contains("no change shown")
                .contains("not timed in both");
        assertThat(folder.resolve("both.html"))
                .content()
                .contains("cpu · a")
                .contains("cpu · b")
                .contains("no change shown");
    }

    @Test
    void jmhsJsonIsReadToo() throws IOException {
        Path jmh = Files.writeString(folder.resolve("jmh.json"), """
                [{"jmhVersion": "1.37", "benchmark": "muflex.experiments.jmh.GemmBenchmark.multiply", "mode": "avgt",
                  "forks": 2, "warmupIterations": 3, "params": {"size": "512"},
                  "vmName": "OpenJDK 64-Bit Server VM", "vmVersion": "25.0.3",
                  "jvmArgs": ["-Xmx2g", "-Dmuflex.commit=0123456789", "-Dmuflex.dirty=true"],
                  "primaryMetric": {"score": 2.0, "scoreUnit": "us/op", "rawData": [[1.5, 2.0, 2.5], [2.0, 2.25, 2.75]]}}]
                """);

        assertThat(run("report", jmh, "--json")).as(err.toString()).isZero();

        Row row = Json.readRow(out.toString().strip());
        assertThat(row.axes())
                .containsEntry("benchmark", "GemmBenchmark.multiply")
                .containsEntry("size", "512");
        assertThat(row.timing().samples()).containsExactly(1500L, 2000L, 2500L, 2000L, 2250L, 2750L);
        assertThat(row.command()).isEqualTo("scripts/bench muflex.experiments.jmh.GemmBenchmark.multiply -p size=512");
        assertThat(row.git()).hasToString("0123456 (dirty)");
        assertThat(row.environment().jdk()).isEqualTo("OpenJDK 64-Bit Server VM 25.0.3");
        assertThat(row.environment().flags()).contains("-Xmx2g");
    }

    @Test
    void aGuardComparesRatios() throws IOException {
        Path a = write("a.jsonl", Rows.four());

        assertThat(run("report", a, a, "--guard", "1.5")).isEqualTo(2);
        assertThat(err.toString()).startsWith("muflex report: FILE: expected files that differ, got ");

        Path b = write("b.jsonl", Rows.four());
        assertThat(run("report", a, b, "--guard", "1.5")).isZero();
        assertThat(out.toString()).contains("guard: 0 of 5 cases over 1.5 times their time before");
    }

    /** The machine is half as fast, which is nobody's fault; case b lost another half against its peer. */
    @Test
    void theGuardFailsWhereARatioGotWorse() throws IOException {
        Path before = write("before.jsonl", List.of(Rows.timed("a", 1_000_000, 10), Rows.timed("b", 1_000_000, 10)));
        Path after = write("after.jsonl", List.of(Rows.timed("a", 2_000_000, 10), Rows.timed("b", 4_000_000, 5)));

        assertThat(run("report", before, after, "--guard", "1.5")).isEqualTo(1);

        assertThat(out.toString())
                .contains(
                        "SLOWER: compare b 1x2x256x64 2 float32 cpu forward: 2.00 times as long as before, relative to"
                                + " naive\nguard: 1 of 2 cases over 1.5 times their time before");
    }

    @Test
    void theGuardDoesNotJudgeOtherVectors() throws IOException {
        Path before = write("before.jsonl", List.of(Rows.timed("a", 1_000_000, 10)));
        Path after = folder.resolve("after.jsonl");
        String line = Json.write(Rows.timed("a", 9_000_000, 10));
        assertThat(line).contains("\"vectorBits\":512");
        Files.writeString(after, line.replace("\"vectorBits\":512", "\"vectorBits\":128") + "\n");

        assertThat(run("report", before, after, "--guard", "1.5")).isZero();

        assertThat(out.toString())
                .contains("guard: NOT JUDGED: vectors of 512 bits before, of 128 now, which changes every ratio;");
    }

    @Test
    void theGuardFailsWhereACaseLostItsTime() throws IOException {
        Path before = write(
                "before.jsonl",
                List.of(
                        Rows.timed("a", 1_000_000, 10),
                        Rows.ok("causal", "cpu", "backward", 1_000_000, 10.0),
                        Rows.timed("c", 1_000_000, 10)));
        Path after =
                write("after.jsonl", List.of(Rows.timed("a", 1_000_000, 10), Rows.wrong("causal", "cpu", "backward")));

        assertThat(run("report", before, after, "--guard", "1.5")).isEqualTo(1);

        assertThat(out.toString())
                .contains("LOST: compare causal 1x2x256x64 2 float32 cpu backward: timed before, now inaccurate: ")
                .contains("LOST: compare c 1x2x256x64 2 float32 cpu forward: timed before, now absent\n")
                .contains("guard: 0 of 1 cases over 1.5 times their time before, 2 timed before and not now");
    }

    @Test
    void whatIsNotThereIsOneLine() throws IOException {
        assertThat(run("report", folder.resolve("none.jsonl"))).isEqualTo(2);
        assertThat(err.toString())
                .isEqualTo("muflex report: FILE: expected a file of rows, got " + folder.resolve("none.jsonl")
                        + "; write one with muflex compare or muflex sweep collect\n");
        err.getBuffer().setLength(0);
        assertThat(run("report", Files.writeString(folder.resolve("empty.jsonl"), "")))
                .isEqualTo(2);
        assertThat(err.toString()).contains("expected at least one row, got ").hasLineCount(1);
    }
}
