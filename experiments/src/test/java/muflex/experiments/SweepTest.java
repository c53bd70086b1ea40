package muflex.experiments;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import muflex.experiments.report.Row;
import muflex.experiments.report.RowFile;
import muflex.experiments.sweep.CaseFolder;
import muflex.experiments.sweep.SweepPlan;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** Sweeps from the command line: plan, run, status, collect, and what goes wrong on the way. */
class SweepTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path folder;

    private Path text;
    private Path sweep;

    @BeforeEach
    void prepare() throws IOException {
        text = Files.writeString(folder.resolve("text.txt"), "the cat sat on the mat. ".repeat(200));
        sweep = folder.resolve("sweep");
    }

    private int run(String... args) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        CommandLine line = Main.commandLine();
        line.setOut(new PrintWriter(out));
        line.setErr(new PrintWriter(err));
        return line.execute(args);
    }

    /** Six cases of two steps each. */
    private Path experiment() throws IOException {
        return Files.writeString(folder.resolve("tiny.yaml"), """
                command: train
                axes:
                  width: [32, 64]
                  lr: 2^-8..2^-6*2
                options:
                  text: %s
                  steps: 2
                  depth: 1
                  context: 16
                  batch: 2
                  validate-every: 2
                  device: loops
                """.formatted(text));
    }

    private void plan() throws IOException {
        assertThat(run("sweep", "plan", experiment().toString(), "--out", sweep.toString()))
                .as(err.toString())
                .isZero();
    }

    @Test
    void aPlanIsRunCollectedAndNeverRunAgain() throws IOException {
        plan();
        assertThat(out.toString()).startsWith("6 cases of train in " + sweep);
        assertThat(run("sweep", "run", sweep.toString(), "--index", "4"))
                .as(err.toString())
                .isZero();
        assertThat(out.toString()).isEqualTo("case 4: done\n");
        assertThat(run("sweep", "run", sweep.toString(), "--index", "4")).isZero();
        assertThat(out.toString()).isEqualTo("case 4: skipped\n");
        assertThat(run("sweep", "status", sweep.toString())).isZero();
        assertThat(out.toString()).isEqualTo("sweep: 1 done, 0 running, 0 failed, 5 missing of 6\nmissing: 0-3,5\n");

        assertThat(run("sweep", "run", sweep.toString(), "--in-process")).isZero();
        assertThat(run("sweep", "collect", sweep.toString())).isZero();

        List<Row> rows = RowFile.read(sweep.resolve("rows.jsonl")).rows();
        assertThat(rows).extracting(row -> row.sweep().index()).containsExactly(0, 1, 2, 3, 4, 5);
        assertThat(rows).extracting(row -> row.axis("width")).containsExactly("32", "32", "32", "64", "64", "64");
        assertThat(rows)
                .extracting(row -> row.axis("lr"))
                .containsExactly("0.00390625", "0.0078125", "0.015625", "0.00390625", "0.0078125", "0.015625");
        assertThat(rows).allSatisfy(row -> {
            assertThat(row.status()).isEqualTo(Row.Status.OK);
            assertThat(row.training().steps()).isEqualTo(2);
            assertThat(row.training().validationLoss()).isBetween(1.0, 7.0);
            assertThat(row.timing().samples()).hasSize(2);
            assertThat(row.command())
                    .startsWith("scripts/muflex train --width ")
                    .contains(" --text " + text);
        });
        assertThat(sweep.resolve("report.html")).content().contains("0.015625");
    }

    /** Each in a JVM of its own, two at a time. */
    @Test
    void processesOfTheirOwnGiveTheSameRows() throws IOException {
        assertThat(run("sweep", "plan", experiment().toString(), "--set", "width=32", "--out", sweep.toString()))
                .isZero();
        assertThat(run("sweep", "run", sweep.toString(), "--index", "0"))
                .as(err.toString())
                .isZero();
        Files.copy(sweep.resolve("cases/0000/rows.jsonl"), folder.resolve("before.jsonl"));

        assertThat(run("sweep", "run", sweep.toString(), "--jobs", "2"))
                .as(err + out.toString())
                .isZero();

        assertThat(out.toString()).startsWith("3 done, 0 running, 0 failed, 0 missing of 3");
        assertThat(sweep.resolve("cases/0000/rows.jsonl")).hasSameTextualContentAs(folder.resolve("before.jsonl"));
        assertThat(sweep.resolve("cases/0002/log.txt")).content().contains("case 2: done");
    }

    /** A file where the first case's folder should be: the others run all the same, and the end says so. */
    @Test
    void aCaseThatCantBeStartedLeavesTheOthers() throws IOException {
        assertThat(run(
                        "sweep",
                        "plan",
                        experiment().toString(),
                        "--set",
                        "width=32",
                        "--set",
                        "lr=0.01,0.02",
                        "--out",
                        sweep.toString()))
                .isZero();
        Files.createDirectories(sweep.resolve("cases"));
        Files.writeString(sweep.resolve("cases/0000"), "in the way");

        assertThat(run("sweep", "run", sweep.toString())).isEqualTo(1);

        assertThat(err.toString())
                .contains("muflex sweep run: sweep: expected to start case 0 and keep what it leaves, got ")
                .doesNotContain("this was not expected");
        assertThat(sweep.resolve("cases/0001/rows.jsonl")).exists();
    }

    @Test
    void aFailureKeepsItsStackTraceAndTheCaseCanBeRunAgain() throws IOException {
        plan();
        Path away = Files.move(text, folder.resolve("away.txt"));

        assertThat(run("sweep", "run", sweep.toString(), "--index", "1", "--retries", "2"))
                .isEqualTo(1);
        assertThat(err.toString())
                .startsWith("muflex sweep run: case 1: ")
                .contains("text.txt")
                .hasLineCount(1);
        assertThat(run("sweep", "status", sweep.toString())).isZero();
        assertThat(out.toString()).contains("failed: 1 (3 attempts): ").contains("missing: 0,2-5");
        assertThat(run("sweep", "collect", sweep.toString())).isEqualTo(1);
        Row failed = RowFile.read(sweep.resolve("rows.jsonl")).rows().getFirst();
        assertThat(failed.status()).isEqualTo(Row.Status.ERROR);
        assertThat(failed.stackTrace()).contains("\tat muflex.experiments.TrainCommand.");
        assertThat(failed.sweep()).isEqualTo(new Row.SweepCase("sweep", 1, 3));

        Files.move(away, text);
        assertThat(run("sweep", "run", sweep.toString(), "--index", "1")).isZero();
        assertThat(run("sweep", "collect", sweep.toString())).isEqualTo(1);
        List<Row> rows = RowFile.read(sweep.resolve("rows.jsonl")).rows();
        assertThat(rows).singleElement().satisfies(row -> {
            assertThat(row.status()).isEqualTo(Row.Status.OK);
            assertThat(row.sweep().attempt()).isEqualTo(4);
        });
    }

    /** As a Slurm job does, whose JVM can no longer say so itself. */
    @Test
    void aCaseWhoseProcessCrashedIsAFailedOne() throws IOException {
        plan();
        Path log = Files.writeString(folder.resolve("case-1.log"), "first\n# A fatal error has been detected\n");

        assertThat(run("sweep", "run", sweep.toString(), "--crashed", "134")).isEqualTo(2);
        assertThat(err.toString())
                .isEqualTo("muflex sweep run: --crashed: expected --index beside it, got none; name the case"
                        + System.lineSeparator());
        assertThat(run("sweep", "run", sweep.toString(), "--index", "1", "--crashed", "134", "--log", log.toString()))
                .isZero();

        assertThat(run("sweep", "status", sweep.toString())).isZero();
        assertThat(out.toString())
                .contains(
                        "failed: 1 (1 attempt): process: expected it to end by itself, got exit code 134; see " + log);
        assertThat(SweepPlan.read(sweep)
                        .folderOf(SweepPlan.read(sweep).at(1))
                        .rows()
                        .rows())
                .singleElement()
                .satisfies(row -> assertThat(row.stackTrace()).endsWith("# A fatal error has been detected"));
    }

    /** What a cluster trained is analysed as what `transfer` trained. */
    @Test
    void aTransferIsReportedFromASweepsRows() throws IOException {
        plan();
        assertThat(run("sweep", "run", sweep.toString(), "--in-process")).isZero();
        assertThat(run("sweep", "collect", sweep.toString())).isZero();
        String rows = sweep.resolve("rows.jsonl").toString();

        assertThat(run("transfer", "--report", rows)).as(err.toString()).isZero();
        assertThat(out.toString()).startsWith("rule  width  best lr").contains("mup: the best rate moves by");

        Path mixed = folder.resolve("mixed.jsonl");
        String first = Files.readAllLines(Path.of(rows)).getFirst();
        Files.writeString(mixed, first + "\n" + first.replace("\"batch\":\"2\"", "\"batch\":\"4\"") + "\n");
        assertThat(run("transfer", "--report", mixed.toString())).isEqualTo(2);
        assertThat(err.toString())
                .isEqualTo(
                        "muflex transfer: --report: expected runs that differ in rule, width, depth, lr and seed only,"
                                + " got batch 2 and 4; give the rows of one such sweep" + System.lineSeparator());
    }

    @Test
    void aCaseInItsOwnProcessIsTriedAsOftenAsWasAsked() throws IOException {
        assertThat(run(
                        "sweep",
                        "plan",
                        experiment().toString(),
                        "--set",
                        "width=32",
                        "--set",
                        "lr=0.01",
                        "--out",
                        sweep.toString()))
                .as(err.toString())
                .isZero();
        Files.delete(text);

        assertThat(run("sweep", "run", sweep.toString(), "--retries", "1")).isEqualTo(1);

        assertThat(SweepPlan.read(sweep).folderOf(SweepPlan.read(sweep).at(0)).failures())
                .isEqualTo(2);
    }

    @Test
    void aLossThatBlowsUpIsAResultNotAFailure() throws IOException {
        assertThat(run(
                        "sweep",
                        "plan",
                        experiment().toString(),
                        "--set",
                        "lr=1e38",
                        "--set",
                        "steps=20",
                        "--out",
                        sweep.toString()))
                .isZero();

        assertThat(run("sweep", "run", sweep.toString(), "--index", "0"))
                .as(err.toString())
                .isZero();

        Row row = SweepPlan.read(sweep)
                .folderOf(SweepPlan.read(sweep).at(0))
                .rows()
                .rows()
                .getFirst();
        assertThat(row.status()).isEqualTo(Row.Status.OK);
        assertThat(row.training().diverged()).isTrue();
        assertThat(row.training().validationLoss()).isNull();
        assertThat(row.message()).startsWith("loss: expected a finite number");
    }

    @Test
    void aDeviceThatVanishedIsOneLine() throws IOException {
        assertThat(run(
                        "sweep",
                        "plan",
                        "--command",
                        "compare",
                        "--set",
                        "variant=noop",
                        "--set",
                        "shape=1x1x16x8",
                        "--set",
                        "device=abacus:7",
                        "--out",
                        sweep.toString()))
                .as(err.toString())
                .isZero();

        assertThat(run("sweep", "run", sweep.toString(), "--index", "0", "--retries", "0"))
                .isEqualTo(1);

        assertThat(err.toString())
                .startsWith("muflex sweep run: case 0: device: expected one of auto, ")
                .contains(", got abacus:7; `muflex devices` lists them")
                .hasLineCount(1);
    }

    @Test
    void compareCasesGiveCheckedRows() throws IOException {
        assertThat(run(
                        "sweep",
                        "plan",
                        "--command",
                        "compare",
                        "--set",
                        "variant=noop,causal",
                        "--set",
                        "shape=1x1x40x8",
                        "--set",
                        "device=loops",
                        "--set",
                        "tile=16x16",
                        "--set",
                        "repeat=2",
                        "--out",
                        sweep.toString()))
                .as(err.toString())
                .isZero();
        assertThat(run("sweep", "run", sweep.toString(), "--in-process"))
                .as(err.toString())
                .isZero();

        CaseFolder causal = SweepPlan.read(sweep).folderOf(SweepPlan.read(sweep).at(1));
        assertThat(causal.rows().rows()).hasSize(4).allSatisfy(row -> {
            assertThat(row.status()).isEqualTo(Row.Status.OK);
            assertThat(row.axis("block")).isEqualTo("16x16");
            assertThat(row.work().blockSize()).isEqualTo("16x16");
        });
    }

    @Test
    void aCaseThatAnotherProcessRunsIsShownAsRunning() throws IOException {
        plan();
        Path lock = Files.createDirectories(sweep.resolve("cases/0002")).resolve("lock");
        try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.lock();
            assertThat(run("sweep", "status", sweep.toString())).isZero();
        }
        assertThat(out.toString())
                .contains("0 done, 1 running, 0 failed, 5 missing")
                .contains("running: 2\n");
        run("sweep", "status", sweep.toString(), "--json");
        assertThat(out.toString())
                .isEqualTo("{\"sweep\":\"sweep\",\"cases\":6,\"done\":[],\"running\":[],\"failed\":[],"
                        + "\"missing\":[0,1,2,3,4,5]}\n");
    }

    @Test
    void aPlanNeverChanges() throws IOException {
        plan();
        assertThat(run("sweep", "plan", experiment().toString(), "--out", sweep.toString()))
                .as("the same plan again")
                .isZero();
        assertThat(run("sweep", "plan", experiment().toString(), "--set", "width=96", "--out", sweep.toString()))
                .isEqualTo(2);
        assertThat(err.toString())
                .isEqualTo("muflex sweep plan: --out: expected a folder without another plan, got " + sweep
                        + "; choose another; a plan never changes\n");

        Path file = sweep.resolve("plan.jsonl");
        List<String> lines = new ArrayList<>(Files.readAllLines(file));
        lines.removeLast();
        Files.delete(file);
        Files.write(file, lines);
        assertThat(run("sweep", "run", sweep.toString())).isEqualTo(2);
        assertThat(err.toString())
                .isEqualTo("muflex sweep run: sweep: expected the plan as it was written, got " + file
                        + ", damaged or edited; plan into a new folder\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--command train --set widht=64 | axis: expected an option of train (",
                "--command compare --set variant=nope | variant: expected one of noop, causal, alibi, softcap, window,",
                "--command compare --set variant=noop,noop | axis variant: expected values that differ, got noop twice; leave one out",
                "--command compare --set repeat=0 | --repeat: expected 1 to 10000, got 0; give a number of samples in that range",
                "--command compare --set dtype=float8 | --dtype: expected float32, got float8; other types are for storage only so far",
                "--command compare --set tile=16 | block: expected QUERIESxKEYS, both at least 1, got 16; write 128x128",
                "--command compare --set quick=maybe | axis quick: expected true or false, got maybe; it is a flag of compare",
                "--command train --set width=64..16 | axis width: expected a range",
                "--command train --set width=x | train: Invalid value for option '--width': 'x' is not an int",
                "--command devices --set width=64 | command: expected ",
                "--command train --set width | --set: expected AXIS=VALUE,VALUE, got width; write --set width=64,128",
                "--command train --set width=64 --set width=32 | --set: expected each axis once, got width twice; write its values in one",
                "--command train | axes: expected at least one case, got none; add an axis, or skip fewer",
                "nowhere.yaml | experiment: expected a file that can be read, got nowhere.yaml; check the path",
                "'' | sweep plan: expected a FILE or --command, got neither; see muflex sweep plan --help",
            })
    void badPlansAreOneLineAndExitCode2(String arguments, String message) {
        List<String> args = new ArrayList<>(List.of("sweep", "plan", "--out", sweep.toString()));
        if (!arguments.isEmpty()) {
            args.addAll(List.of(arguments.split(" ")));
        }
        assertThat(run(args.toArray(String[]::new))).isEqualTo(2);
        assertThat(err.toString()).startsWith("muflex sweep plan: " + message).hasLineCount(1);
        assertThat(sweep).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "command: [ | YAML or JSON, got line 1: while parsing a flow node",
                "commando: x | command, axes, options, skip, cases, got commando; see docs/sweeps.md",
                "command: 3 | compare, train or another that `muflex sweep plan --help` names, got 3",
                "{command: train, axes: [1]} | a map of names to values, got [1]",
                "{command: train, axes: {width: [32], width: [64]}} | YAML or JSON, got line 1: Duplicate",
                "{command: train, options: {width: 1..3}} | one value, got \"1..3\"",
                "{command: train, cases: 3} | a list of maps, got 3",
            })
    void badFilesAreOneLine(String yaml, String message) throws IOException {
        Path file = Files.writeString(folder.resolve("bad.yaml"), yaml + "\n");

        assertThat(run("sweep", "plan", file.toString(), "--out", sweep.toString()))
                .isEqualTo(2);
        assertThat(err.toString())
                .startsWith("muflex sweep plan: experiment " + file)
                .contains("expected " + message)
                .hasLineCount(1);
    }

    @Test
    void whatIsSkippedIsNamedByAnAxis() throws IOException {
        Path file = Files.writeString(
                folder.resolve("bad.yaml"), "{command: train, axes: {width: [32, 64]}, skip: [{widht: 32}]}\n");

        assertThat(run("sweep", "plan", file.toString(), "--out", sweep.toString()))
                .isEqualTo(2);
        assertThat(err.toString())
                .startsWith("muflex sweep plan: skip: expected one of the axes width, got widht; mend its name")
                .hasLineCount(1);
    }

    /** The documented manifest is an Indexed Job whose arguments this command line takes. */
    @Test
    void kubernetesManifestRunsACaseAPod() throws IOException {
        JsonNode job = new YAMLMapper().readTree(Files.readString(Path.of("..", "docs", "kubernetes-job.yaml")));

        JsonNode spec = job.path("spec");
        assertThat(job.path("kind").stringValue()).isEqualTo("Job");
        assertThat(spec.path("completionMode").stringValue()).isEqualTo("Indexed");
        JsonNode container =
                spec.path("template").path("spec").path("containers").get(0);
        List<String> args = new ArrayList<>();
        container.path("args").forEach(arg -> args.add(arg.stringValue().replace("$(JOB_COMPLETION_INDEX)", "7")));
        assertThat(args).contains("--index", "7");
        assertThat(Main.commandLine().parseArgs(args.toArray(String[]::new)).errors())
                .isEmpty();
        assertThat(container.path("command").get(0).stringValue()).endsWith("/scripts/muflex");
    }

    @Test
    void skippedAndSingleCases() throws IOException {
        Path file = Files.writeString(folder.resolve("more.json"), """
                {"command": "compare", "axes": {"variant": ["noop", "causal"], "shape": ["1x1x16x8", "1x1x32x8"]},
                 "skip": [{"variant": "noop", "shape": "1x1x32x8"}], "cases": [{"variant": "gqa", "seed": 3}]}
                """);

        assertThat(run("sweep", "plan", file.toString(), "--out", sweep.toString()))
                .as(err.toString())
                .isZero();

        assertThat(SweepPlan.read(sweep).cases())
                .extracting(one -> String.join(" ", one.arguments()))
                .containsExactly(
                        "compare --variants noop --shapes 1x1x16x8",
                        "compare --variants causal --shapes 1x1x16x8",
                        "compare --variants causal --shapes 1x1x32x8",
                        "compare --variants gqa --seed 3");
    }

    @Test
    void casesThatAreAlikeAreRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("twice.yaml"), """
                command: compare
                axes: {variant: [noop]}
                cases: [{variant: noop}]
                """);

        assertThat(run("sweep", "plan", file.toString(), "--out", sweep.toString()))
                .isEqualTo(2);
        assertThat(err.toString())
                .isEqualTo("muflex sweep plan: cases: expected each once, got cases 0 and 1 alike:"
                        + " compare --variants noop; leave one out\n");
    }

    @Test
    void damagedRowsAreCountedAndTheRestIsCollected() throws IOException {
        plan();
        assertThat(run("sweep", "run", sweep.toString(), "--in-process")).isZero();
        Path rows = sweep.resolve("cases/0003/rows.jsonl");
        Files.writeString(rows, Files.readString(rows) + "{\"schema\":2,\"exper\n");

        assertThat(run("sweep", "collect", sweep.toString())).isEqualTo(1);

        assertThat(out.toString())
                .startsWith("case 3: skipped 1 line that is no row: 2 (row: expected one JSON object");
        assertThat(RowFile.read(sweep.resolve("rows.jsonl")).rows()).hasSize(6);
    }

    @Test
    void aCaseWhoseRowsWereCutShortRunsAgain() throws IOException {
        plan();
        assertThat(run("sweep", "run", sweep.toString(), "--in-process")).isZero();
        Path rows = sweep.resolve("cases/0003/rows.jsonl");
        String whole = Files.readString(rows);
        Files.writeString(rows, whole.substring(0, whole.length() / 2));

        assertThat(run("sweep", "collect", sweep.toString())).isEqualTo(1);
        assertThat(run("sweep", "run", sweep.toString(), "--in-process")).isZero();
        assertThat(RowFile.read(rows).rows()).hasSize(1);
    }
}
