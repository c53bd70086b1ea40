package muflex.experiments;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** Bad input gives one line and exit code 2. */
class CommandLineTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... args) {
        CommandLine line = Main.commandLine();
        line.setOut(new PrintWriter(out));
        line.setErr(new PrintWriter(err));
        return line.execute(args);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "compare --foo | muflex compare: Unknown option: '--foo'; see `muflex compare --help`",
                "compare --repeat x | muflex compare: Invalid value for option '--repeat': 'x' is not an int; see `muflex compare --help`",
                "compare --repeat 0 | muflex compare: --repeat: expected 1 to 10000, got 0; give a number of samples in that range",
                "compare --shapes 512 | muflex compare: shape: expected BATCHxHEADSxLENGTHxDIM, got 512; write 1x8x512x64, or 1x8:2x512:1024x64:32 where keys or values differ",
                "compare --shapes 1x6:4x8x8 | muflex compare: queryHeads: expected a multiple of kvHeads 4, got 6; each key head serves queryHeads / kvHeads query heads",
                "compare --tornado-route foo | muflex compare: --tornado-route: expected jit or prebuilt, got foo; leave it out for prebuilt; see `muflex compare --help`",
                "compare --variants nope | muflex compare: variant: expected one of noop, causal, alibi, softcap, window, document, prefix-lm, gqa, relative, example, got nope; define your own with --mods FILE",
                "show --length 0 | muflex show: --length: expected 1 to 1048576, got 0; give a number in that range",
                "show --head 8 | muflex show: --head: expected 0 to 7, got 8; give a number in that range",
                "show causal --mods none.java | muflex show: --mods: expected a .java file, got none.java; write a class with public static ScoreMod or MaskMod fields",
                "generate --checkpoint none --samples 0 | muflex generate: --samples: expected 1 to 1024, got 0; give a number in that range",
                "speed --repeat 0 | muflex speed: repeat: expected 1 or more, got 0; leave it out for 9",
                "speed --device cpu --precision quarter | muflex speed: precision: expected single, half or bfloat16, got quarter; leave it out for single",
                "speed --device cpu --directions sideways | muflex speed: directions: expected forward or backward, got sideways; leave it out for forward",
                "speed --device cpu --variants nope | muflex speed: variants: expected some of full, causal, alibi, window, document, got nope; see `muflex speed --help`",
                "transfer --head-dim 0 | muflex transfer: --head-dim: expected at least 1, got 0; give a count",
                "transfer --base-width -1 | muflex transfer: --base-width: expected at least 0, got -1; give 0 for the smallest",
                "transfer --lr-step 1e-9 | muflex transfer: --lr-step: expected at most 1000 rates, got 1.0E-9; make it larger",
                "transfer --lr-step 0 | muflex transfer: --lr-step: expected more than 0, got 0.0; use 1 for powers of two",
                "train --sample -1 | muflex train: --sample: expected at least 0, got -1; give a count of bytes, 0 for no sample",
                "kernels build --device cpu | muflex kernels build: --device: expected one with a compiler of its own, such as opencl:0:0 or cuda:0, got cpu; it runs in this JVM, which keeps nothing",
                "transfer --lr 3 | muflex transfer: --lr: expected two exponents of 2, the smaller first, such as -9:-2, got 3; write them so",
                "transfer --widths 20 | muflex transfer: --widths: expected multiples of the head dim 16, got 20; change it or --head-dim",
                "coordcheck --widths 64 | muflex coordcheck: --widths: expected at least two, got [64]; write 64,128,256,512",
                "coordcheck --widths 64,32 | muflex coordcheck: --widths: expected ascending widths, got [64, 32]; sort them",
                "coordcheck --steps 2 | muflex coordcheck: --steps: expected at least 3, so that weights have learned, got 2; use 10",
                "mup table --rule none.json | muflex mup table: rule: expected a readable file, got none.json; correct the path",
                "mup table --width 7 | muflex mup table: --width: expected a multiple of the head dim 32, got 7; use 32",
                "mup table --rule everett --tied | muflex mup table: rule 'everett': expected a rule for tied_embedding, which this model has, got none; add one, or give the readout a matrix of its own",
                "coordcheck --lr -0.01 | muflex coordcheck: --lr: expected a positive number, got -0.01; use 0.01",
                "epsaudit --lr -0.01 | muflex epsaudit: --lr: expected a positive number, got -0.01; use 0.01",
                "study src | muflex study: FOLDER: expected a folder with a README.md, got src; give one of experiments/studies",
                "compar | muflex: Unmatched argument at index 0: 'compar' (did you mean compare or costs or coordcheck?); see `muflex --help`",
            })
    void badInputIsOneLineAndExitCode2(String command, String line) {
        assertThat(run(command.split(" "))).isEqualTo(2);
        assertThat(err.toString()).isEqualTo(line + System.lineSeparator());
        assertThat(out.toString()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "compare",
                "show",
                "report",
                "sweep",
                "sweep plan",
                "sweep run",
                "sweep status",
                "sweep collect",
                "train",
                "transfer",
                "coordcheck",
                "epsaudit",
                "mup",
                "mup table",
                "study",
                "generate",
                "devices",
                "doctor",
                "speed"
            })
    void helpHasAnExample(String command) {
        assertThat(run((command + " --help").strip().split(" "))).isZero();
        assertThat(out.toString()).contains("Usage: muflex").contains("Example").contains("  muflex " + command);
    }

    @Test
    void speedChecksEachCaseAndPrintsIt() {
        assertThat(run(
                        "speed --device cpu --repeat 1 --shapes 1x2x130x16 --variants full,causal,alibi,window,document --directions backward,forward"
                                .split(" ")))
                .isZero();
        assertThat(out.toString().lines().skip(1))
                .hasSize(10)
                .allMatch(
                        line -> line.matches(
                                "1x2x130x16 +\\w+ +single +(for|back)ward +call +[0-9.]+ ms +[0-9.]+ TFLOP/s  error \\d\\.\\de-0[678] .*"));
    }

    /** Rows without a key among them. */
    @Test
    void speedTakesMoreQueriesThanKeys() {
        assertThat(run("speed --device cpu --repeat 1 --shapes 1x2x700:130x16 --variants document,window --json"
                        .split(" ")))
                .as(err.toString())
                .isZero();
        assertThat(out.toString().lines()).hasSize(2).allMatch(line -> line.contains("\"kernelMillis\":null"));
    }

    /** A device that does not take a case is left out of it, and told once. */
    @Test
    void speedTakesSeveralDevicesInTurn() {
        assertThat(run("speed --device loops,cpu --repeat 2 --shapes 1x1x40x16 --directions forward,backward"
                        .split(" ")))
                .as(err.toString())
                .isZero();
        assertThat(out.toString()
                        .lines()
                        .skip(2)
                        .map(line -> line.replaceAll(" +", " ").split(" single ")[0]))
                .containsExactly(
                        "loops 1x1x40x16 full",
                        "cpu 1x1x40x16 full",
                        "loops 1x1x40x16 full",
                        "cpu 1x1x40x16 full",
                        "loops 1x1x40x16 causal",
                        "cpu 1x1x40x16 causal",
                        "loops 1x1x40x16 causal",
                        "cpu 1x1x40x16 causal");
        out.getBuffer().setLength(0);
        assertThat(run("speed --device loops,cpu --precision half --shapes 1x1x40x16".split(" ")))
                .isZero();
        assertThat(err.toString().lines())
                .hasSize(2)
                .allMatch(line -> line.matches("left out, (loops|cpu): precision: expected single .*"));
        assertThat(run("speed --device cpu --precision half --shapes 1x1x40x16".split(" ")))
                .isEqualTo(2);
    }

    /** `train` and `generate` have one device, and the option of that name. */
    @Test
    void compareTakesDeviceForDevices() {
        assertThat(run("compare", "--devices", "nope")).isEqualTo(2);
        String line = err.toString();
        err.getBuffer().setLength(0);
        assertThat(run("compare", "--device", "nope")).isEqualTo(2);
        assertThat(err.toString())
                .isEqualTo(line)
                .startsWith("muflex compare: device: expected ")
                .contains("got nope");
        assertThat(run("compare", "--device", "cpu", "--device=loops,nope")).isEqualTo(2);
        assertThat(run("compare --device cpu --variants nope".split(" "))).isEqualTo(2);
        assertThat(err.toString()).contains("muflex compare: variant: expected one of ");
        assertThat(run("compare", "--help")).isZero();
        assertThat(out.toString()).contains("--device, --devices=ID[,ID...]");
    }

    @Test
    void withoutACommandItShowsItsHelp() {
        assertThat(run()).isZero();
        assertThat(out.toString()).contains("Commands:");
    }

    @Test
    void versionNamesTheJdk() {
        assertThat(run("--version")).isZero();
        assertThat(out.toString()).startsWith("muflex ").contains("JDK " + Runtime.version());
    }
}
