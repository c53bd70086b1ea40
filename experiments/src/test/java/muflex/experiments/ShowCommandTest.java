package muflex.experiments;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import muflex.experiments.show.Catalogue;
import muflex.experiments.show.Shown;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import picocli.CommandLine;

class ShowCommandTest {

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

    /** Every one of them, small: it is lifted, drawn, and its picture is XML. */
    @Test
    void showsWhatIsReadyMade() throws Exception {
        for (Shown shown : Catalogue.all(64, 4)) {
            Path svg = folder.resolve(shown.name() + ".svg");
            assertThat(run(
                            "show",
                            shown.name(),
                            "--length",
                            "64",
                            "--block",
                            "16",
                            "--heads",
                            "4",
                            "--out",
                            svg.toString()))
                    .as("%s: %s", shown.name(), err)
                    .isZero();
            Document picture =
                    DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(svg.toFile());
            Element image = (Element) picture.getElementsByTagName("image").item(0);
            String data = image.getAttribute("href").replaceFirst(".*,", "");
            BufferedImage pixels =
                    ImageIO.read(new ByteArrayInputStream(Base64.getDecoder().decode(data)));
            assertThat(pixels.getWidth()).as(shown.name()).isBetween(16, 64);
            if (shown.name().equals("causal")) {
                assertThat(pixels.getRGB(1, 0) & 0xFFFFFF).isEqualTo(0xFFFFFF);
                assertThat(pixels.getRGB(0, 1)).isEqualTo(pixels.getRGB(0, 0)).isNotEqualTo(pixels.getRGB(1, 0));
            }
        }
    }

    @Test
    void aPictureThatCannotBeWrittenIsOneLine() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        Path inside = file.resolve("x.svg");
        assertThat(run("show", "causal", "--length", "16", "--out", inside.toString()))
                .isEqualTo(2);
        assertThat(err.toString())
                .contains("--out: expected a file that can be written, got " + inside + " (")
                .endsWith("name one elsewhere" + System.lineSeparator())
                .hasLineCount(1);
    }

    @Test
    void timesItBesideNone() {
        assertThat(run(
                        "show",
                        "document",
                        "--length",
                        "64",
                        "--heads",
                        "2",
                        "--device",
                        "cpu",
                        "--out",
                        folder.resolve("d.svg").toString()))
                .as(err.toString())
                .isZero();
        String beside = "[0-9.]+ (ms|µs) ± [0-9]+ %, none [0-9.]+ (ms|µs) ± [0-9]+ % \\(× [0-9.]+\\)";
        assertThat(out.toString())
                .containsPattern("on cpu \\(blocks of 128\\): forward " + beside + ", backward " + beside + ";"
                        + " block lists 20 bytes, captured arrays 256 bytes");
    }

    @Test
    void tabulatesWhatAllCost() throws IOException {
        Path mods = Files.writeString(folder.resolve("Two.java"), """
                import muflex.attention.MaskMod;
                import muflex.attention.ScoreMod;
                public class Two {
                    static final float[] slopes = {1, 2};
                    public static final ScoreMod tilted = (s, b, h, q, kv) -> s - slopes[h] * (q - kv);
                    public static final MaskMod past = (b, h, q, kv) -> kv <= q;
                }
                """);
        assertThat(run("show", "--mods", mods.toString(), "--length", "64", "--heads", "2", "--device", "cpu"))
                .as(err.toString())
                .isZero();
        String two = "(( +[0-9.]+ (ms|µs) +[0-9]+ %){2} +[0-9.]+){2}";
        assertThat(out.toString().lines())
                .satisfiesExactly(
                        line -> assertThat(line)
                                .matches("name +kind +length +forward +± +none +± +× none +backward .*captured B"),
                        line -> assertThat(line).matches("tilted +score +64" + two + " +0 +8"),
                        line -> assertThat(line).matches("past +mask +64" + two + " +20 +0"));
    }

    /** An image has whole rows. */
    @Test
    void saysThatALengthIsAnother() {
        Path svg = folder.resolve("n.svg");
        assertThat(run("show", "natten-2d", "--length", "100", "--out", svg.toString()))
                .as(err.toString())
                .isZero();
        assertThat(out.toString()).contains("length 64, the most of 100 that natten-2d fills");
        assertThat(run("show", "causal", "--length", "100", "--out", svg.toString()))
                .isZero();
        assertThat(out.toString()).doesNotContain("that causal fills");
    }

    @Test
    void listsTheirNames() {
        assertThat(run("show")).isZero();
        assertThat(out.toString().lines()).hasSize(Catalogue.all(64, 1).size() + 1);
        assertThat(out.toString())
                .contains("natten-3d-tiled")
                .contains("hyperbolic")
                .contains("arXiv:2305.09781");
    }

    @Test
    void printsTheBlockPicture() {
        assertThat(run(
                        "show",
                        "causal",
                        "--length",
                        "128",
                        "--block",
                        "32",
                        "--out",
                        folder.resolve("a.svg").toString()))
                .isZero();
        assertThat(out.toString()).isEqualToNormalizingNewlines("""
                causal: MaskMods.causal()
                kv ≤ q; Vaswani et al. 2017
                lifted:
                  kv <= q
                BlockMask [batch 1, heads 1, queries 128, keys 128], blocks 32 × 32, 37.50 %% skipped
                +...
                #+..
                ##+.
                ###+
                6 full and 4 partial blocks of 16
                heat map: %s
                """.formatted(folder.resolve("a.svg")));
    }

    @Test
    void showsOnesOwn() throws IOException {
        Path mods = Files.writeString(folder.resolve("Own.java"), """
                import muflex.attention.ScoreMod;
                public class Own {
                    public static final ScoreMod halved = (s, b, h, q, kv) -> s / 2 - h;
                }
                """);
        assertThat(run(
                        "show",
                        "halved",
                        "--mods",
                        mods.toString(),
                        "--head",
                        "3",
                        "--out",
                        folder.resolve("h.svg").toString()))
                .as(err.toString())
                .isZero();
        assertThat(out.toString()).contains("a score of 1.0 becomes -2.500 to -2.500 in head 3");
    }

    @Test
    void aScoreIsFinite() {
        assertThat(run("show", "alibi", "--score", "NaN")).isEqualTo(2);
        assertThat(err.toString()).contains("--score: expected a finite number, got NaN");
    }

    @Test
    void namesThatAreNotThere() {
        assertThat(run("show", "nope")).isEqualTo(2);
        assertThat(err.toString())
                .startsWith("muflex show: NAME: expected one of causal, sliding-window,")
                .contains("got nope; `muflex show` lists them");
    }
}
