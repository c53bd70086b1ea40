package muflex.experiments;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** A tiny run from the command line: train, stop, resume, generate. */
class TrainCommandTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path folder;

    private Path text;

    @BeforeEach
    void writeText() throws IOException {
        text = Files.writeString(folder.resolve("text.txt"), "the cat sat on the mat. ".repeat(200));
    }

    private int run(String... args) {
        CommandLine line = Main.commandLine();
        line.setOut(new PrintWriter(out));
        line.setErr(new PrintWriter(err));
        return line.execute(args);
    }

    private int train(String... more) {
        List<String> args = new java.util.ArrayList<>(
                List.of("train", "--text", text.toString(), "--device", "cpu", "--context", "16", "--batch", "2"));
        args.addAll(List.of("--validate-every", "4", "--sample", "5"));
        List<String> given = List.of(more);
        for (List<String> size : List.of(List.of("--width", "32"), List.of("--depth", "1"))) {
            if (!given.contains(size.getFirst())) {
                args.addAll(size);
            }
        }
        args.addAll(given);
        return run(args.toArray(String[]::new));
    }

    @Test
    void trainsSamplesAndLeavesACheckpointThatGenerates() {
        Path checkpoint = folder.resolve("run");

        assertThat(train("--steps", "6", "--out", checkpoint.toString()))
                .as(err.toString())
                .isZero();
        assertThat(out.toString())
                .contains("width 32, depth 1, 1 heads of 32, context 16, rule mup, attention causal")
                .contains("by counting alone: unigram")
                .contains("sample:")
                .contains("checkpoint: " + checkpoint);
        assertThat(checkpoint.resolve("metrics.jsonl")).exists();

        out.getBuffer().setLength(0);
        assertThat(run(
                        "generate",
                        "--checkpoint",
                        checkpoint.toString(),
                        "--device",
                        "cpu",
                        "--prompt",
                        "the ",
                        "--tokens",
                        "8",
                        "--temperature",
                        "0"))
                .as(err.toString())
                .isZero();
        assertThat(out.toString())
                .startsWith("the ")
                .hasSize("the ".length() + 8 + System.lineSeparator().length());
    }

    @Test
    void aModOfTheUsersOwnIsTrainedAndItsNameKept() throws IOException {
        Path mods = Files.writeString(
                folder.resolve("Tilt.java"),
                "public class Tilt { public static final muflex.attention.ScoreMod tilt ="
                        + " (score, b, h, q, kv) -> score - 0.1f * (q - kv); }");
        Path checkpoint = folder.resolve("run");

        assertThat(train("--steps", "2", "--out", checkpoint.toString(), "--mods", mods.toString()))
                .as(err.toString())
                .isZero();
        assertThat(out.toString()).contains("attention tilt");

        assertThat(run("generate", "--checkpoint", checkpoint.toString(), "--device", "cpu"))
                .isEqualTo(2);
        assertThat(err.toString()).contains("tilt");
    }

    @Test
    void whatTheCheckpointRemembersIsRefusedWithResume() {
        assertThat(run(
                        "train",
                        "--resume",
                        folder.toString(),
                        "--width",
                        "64",
                        "--steps",
                        "9",
                        "--text",
                        text.toString()))
                .isEqualTo(2);
        assertThat(err.toString())
                .startsWith("muflex train: --resume: expected no option that the checkpoint remembers, got --")
                .contains("--width")
                .endsWith("; leave it out" + System.lineSeparator());
    }

    @Test
    void badInputIsOneLine() {
        assertBad("--steps: expected at least 1, got 0; give a count", "--steps", "0");
        assertBad("--lr: expected a positive number, got -1.0; try 0.01", "--lr", "-1");
        assertBad("--heads: expected a divisor of --width 32, got 3; change one of the two", "--heads", "3");
        assertBad("--attention: expected --mods FILE with a field x, got no --mods; give the file", "--attention", "x");
    }

    private void assertBad(String message, String... args) {
        err.getBuffer().setLength(0);
        assertThat(train(args)).isEqualTo(2);
        assertThat(err.toString()).isEqualTo("muflex train: " + message + System.lineSeparator());
    }

    @Test
    void aFolderThatHoldsARunIsNotOverwritten() throws IOException {
        Files.createFile(folder.resolve("state.json"));

        assertThat(train("--out", folder.toString())).isEqualTo(2);
        assertThat(err.toString())
                .isEqualTo("muflex train: --out: expected a folder without a run, got " + folder
                        + "; pass --resume to go on with it" + System.lineSeparator());
    }

    /** Trained, stopped in the middle and resumed: the checkpoint remembers which. */
    @ParameterizedTest
    @ValueSource(strings = {"adamw", "adam-atan2", "sgd", "muon"})
    void everyOptimizerTrainsFromTheCommandLine(String optimizer) throws IOException {
        Path checkpoint = folder.resolve("run");
        assertThat(train("--steps", "3", "--optimizer", optimizer, "--tied", "--out", checkpoint.toString()))
                .as(err.toString())
                .isZero();
        assertThat(out.toString()).contains("context 16, tied embedding, rule mup");
        assertThat(Files.readString(checkpoint.resolve("state.json"))).contains("\"kind\" : \"" + optimizer + "\"");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--width 7 | --width: expected a multiple of the head dim 32, got 7; use 32",
                "--base-width 70 | --base-width: expected a multiple of the head dim 32, got 70; use 64",
                "--heads 3 | --heads: expected a divisor of --width 32, got 3; change one of the two",
                "--optimizer adam | --optimizer: expected one of adamw, adam-atan2, sgd, muon, got 'adam'; use one of them",
                "--optimizer sgd --lr 0 | --lr: expected a positive number, got 0.0; try 0.1",
                "--weight-decay -1 | --weight-decay: expected a number of at least 0, got -1.0; try 0.1",
                "--depth 0 | --depth: expected at least 1, got 0; give a count",
                "--base-depth -1 | --base-depth: expected at least 0, got -1; give 0 for --depth",
                "--rule none.json | rule: expected a readable file, got none.json; correct the path",
            })
    void badOptionsAreOneLine(String options, String line) {
        assertThat(train(options.split(" "))).isEqualTo(2);
        assertThat(err.toString()).isEqualTo("muflex train: " + line + System.lineSeparator());
    }

    @Test
    void widthsThatAreNotWholeHeadsOf32TakeANumberOfHeads() {
        assertThat(train(
                        "--steps",
                        "1",
                        "--width",
                        "48",
                        "--heads",
                        "3",
                        "--out",
                        folder.resolve("run").toString()))
                .as(err.toString())
                .isZero();
        assertThat(out.toString()).contains("width 48, depth 1, 3 heads of 16");
    }
}
