package muflex.experiments;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import muflex.model.AttentionVariant;
import muflex.model.ModelSpec;
import muflex.model.TrainedModel;
import muflex.model.checkpoint.ModelFile;
import muflex.model.checkpoint.Safetensors;
import muflex.model.parameterization.Parameterizations;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** {@code muflex mup roles}: of MuFlex's own files, and of others. */
class MupRolesTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path folder;

    private int run(String... args) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        CommandLine line = Main.commandLine();
        line.setOut(new PrintWriter(out));
        line.setErr(new PrintWriter(err));
        return line.execute(args);
    }

    /** A model as another framework would write it: matrices [out, in], no metadata. */
    private String foreign(String name, int width) throws IOException {
        Map<String, Safetensors.Entry> tensors = new LinkedHashMap<>();
        tensors.put("wte.weight", zeros(50, width));
        tensors.put("h.0.q_proj.weight", zeros(width, width));
        tensors.put("h.0.mixer.weight", zeros(width, width));
        tensors.put("lm_head.weight", zeros(50, width));
        Path file = folder.resolve(name);
        Safetensors.write(file, new Safetensors.Contents(Map.of(), tensors));
        return file.toString();
    }

    private static Safetensors.Entry zeros(int rows, int columns) {
        return new Safetensors.Entry(List.of(rows, columns), new float[rows * columns]);
    }

    @Test
    void aCheckpointStatesItsRoles() throws IOException {
        ModelSpec spec = ModelSpec.of(
                ByteModel.of("--width", 64, 1, 16), Parameterizations.mup(), ByteModel.of("--width", 32, 1, 16));
        Path file = folder.resolve("model.safetensors");
        ModelFile.write(file, TrainedModel.empty(spec, AttentionVariant.CAUSAL));

        assertThat(run("mup", "roles", "--checkpoint", file.toString()))
                .as(err.toString())
                .isZero();

        assertThat(out.toString().lines().toList()).hasSize(1 + spec.tensors().size());
        assertThat(out.toString()).containsPattern("layers\\.0\\.attention\\.query +\\[64, 64\\] +query");
    }

    @Test
    void whatNamesDontDecideIsRefusedUntilItIsStated() throws IOException {
        String base = foreign("base.safetensors", 8);
        String wider = foreign("wider.safetensors", 16);

        assertThat(run("mup", "roles", "--checkpoint", base, "--wider", wider, "--layout", "OUT_IN"))
                .isEqualTo(2);
        assertThat(err.toString())
                .isEqualTo(
                        "muflex mup roles: role of h.0.mixer.weight: expected a name that decides between query, key,"
                                + " value, attention_out, mlp_in, mlp_gate, mlp_out, got sizes [8, 8] at the base and [16, 16]"
                                + " wider; state it with --role h.0.mixer.weight=ROLE, or RoleInference.with"
                                + System.lineSeparator());

        assertThat(run(
                        "mup",
                        "roles",
                        "--checkpoint",
                        base,
                        "--wider",
                        wider,
                        "--layout",
                        "OUT_IN",
                        "--role",
                        "h.0.mixer.weight=mlp_in",
                        "--json"))
                .as(err.toString())
                .isZero();
        assertThat(out.toString())
                .isEqualTo(
                        "{\"wte.weight\":\"embedding\",\"h.0.q_proj.weight\":\"query\",\"h.0.mixer.weight\":\"mlp_in\","
                                + "\"lm_head.weight\":\"readout\"}" + System.lineSeparator());
    }

    @Test
    void aVectorTakesNoMatrixsRole() throws IOException {
        Path narrow = vector("narrow.safetensors", 8);
        Path wider = vector("wider.safetensors", 16);

        assertThat(run(
                        "mup",
                        "roles",
                        "--checkpoint",
                        narrow.toString(),
                        "--wider",
                        wider.toString(),
                        "--role",
                        "h.0.scale=query"))
                .isEqualTo(2);
        assertThat(err.toString())
                .contains("role of h.0.scale: expected one of a vector (norm_gain, bias), since its sizes are [8], got"
                        + " query; state one of those")
                .hasLineCount(1);
    }

    private Path vector(String name, int width) throws IOException {
        Path file = folder.resolve(name);
        Safetensors.Entry scale = new Safetensors.Entry(List.of(width), new float[width]);
        Safetensors.write(file, new Safetensors.Contents(Map.of(), Map.of("h.0.scale", scale)));
        return file;
    }

    @Test
    void badInputIsOneLine() throws IOException {
        String base = foreign("base.safetensors", 8);

        assertThat(run("mup", "roles", "--checkpoint", base)).isEqualTo(2);
        assertThat(err.toString())
                .contains("base.safetensors: expected metadata muflex.roles, got none")
                .hasLineCount(1);
        assertThat(run(
                        "mup",
                        "roles",
                        "--checkpoint",
                        base,
                        "--wider",
                        folder.resolve("none").toString()))
                .isEqualTo(2);
        assertThat(err.toString())
                .contains("--wider: expected a safetensors file, got ")
                .hasLineCount(1);
        assertThat(run("mup", "roles", "--checkpoint", base, "--wider", base, "--role", "no=query"))
                .isEqualTo(2);
        assertThat(err.toString()).contains("--role: expected a tensor of ").hasLineCount(1);
        assertThat(run("mup", "roles", "--checkpoint", base, "--wider", base, "--role", "wte.weight=head"))
                .isEqualTo(2);
        assertThat(err.toString())
                .contains("role: expected one of [embedding, ")
                .hasLineCount(1);
    }
}
