package muflex.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import muflex.model.Activation;
import muflex.model.AttentionVariant;
import muflex.model.ModelSpec;
import muflex.model.TrainedModel;
import muflex.model.TransformerConfig;
import muflex.model.parameterization.OptimizerKind;
import muflex.model.parameterization.Parameterizations;
import muflex.model.parameterization.Role;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelFileTest {

    @TempDir
    Path folder;

    private static final ModelSpec SPEC = ModelSpec.of(
            TransformerConfig.ofBytes(64, 1, 16).withActivation(Activation.SWIGLU),
            Parameterizations.mup(),
            TransformerConfig.ofBytes(32, 1, 16).withActivation(Activation.SWIGLU));

    @Test
    void aFileBringsBackSpecAndNumbers() throws IOException {
        Path file = folder.resolve("m.safetensors");
        TrainedModel model = TrainedModel.initial(SPEC, AttentionVariant.CAUSAL, 3);
        ModelFile.write(file, model);
        TrainedModel read = ModelFile.read(file);
        assertThat(read.spec()).isEqualTo(SPEC);
        assertThat(read.parameters().keySet())
                .containsExactlyElementsOf(model.parameters().keySet());
        model.parameters()
                .forEach((name, values) ->
                        assertThat(read.parameters().get(name)).isEqualTo(values));
    }

    @Test
    void rolesTravelInTheFile() throws IOException {
        Path file = folder.resolve("m.safetensors");
        ModelFile.write(file, TrainedModel.initial(SPEC, AttentionVariant.CAUSAL, 3));
        assertThat(Safetensors.read(file).metadata().get("muflex.roles"))
                .contains("\"layers.0.attention.query\":\"" + Role.QUERY.label() + "\"")
                .contains("\"readout\":\"readout\"");
    }

    @Test
    void aTiedEmbeddingIsOneTensor() throws IOException {
        Path file = folder.resolve("m.safetensors");
        TransformerConfig config = TransformerConfig.ofBytes(64, 1, 16).withTiedEmbedding();
        ModelSpec spec = ModelSpec.of(config, Parameterizations.mup(), config);
        ModelFile.write(file, TrainedModel.initial(spec, AttentionVariant.CAUSAL, 3));
        assertThat(ModelFile.read(file).spec()).isEqualTo(spec);
        assertThat(ModelFile.read(file).parameters()).containsKey("embedding").doesNotContainKey("readout");
        assertThat(Safetensors.read(file).metadata().get("muflex.roles")).contains("\"embedding\":\"tied_embedding\"");
    }

    /** Configurations, rules and scales had nothing about ties then. */
    @Test
    void filesFromBeforeEmbeddingsCouldBeTiedAreRead() throws IOException {
        Path file = folder.resolve("m.safetensors");
        ModelFile.write(file, TrainedModel.initial(SPEC, AttentionVariant.CAUSAL, 3));
        Safetensors.Contents contents = Safetensors.read(file);
        Map<String, String> older = new LinkedHashMap<>(contents.metadata());
        older.replaceAll((key, text) ->
                text.replace(",\"tied\":false", "").replaceAll(",\"tied_embedding\":(1.0|\\{.*?\\}\\})", ""));
        assertThat(older.toString()).doesNotContain("tied");
        Safetensors.write(file, new Safetensors.Contents(older, contents.tensors()));
        ModelSpec read = ModelFile.read(file).spec();
        assertThat(read.config()).isEqualTo(SPEC.config());
        assertThat(read.scales()).isEqualTo(SPEC.scales());
        assertThat(read.settings(OptimizerKind.ADAM)).isEqualTo(SPEC.settings(OptimizerKind.ADAM));
    }

    @Test
    void anotherVariantIsRefused() throws IOException {
        Path file = folder.resolve("m.safetensors");
        AttentionVariant window = AttentionVariant.of("window 4", (b, h, q, kv) -> q - kv < 4);
        ModelFile.write(file, TrainedModel.initial(SPEC, window, 3));
        assertThat(ModelFile.read(file, window).variant()).isEqualTo(window);
        assertThatThrownBy(() -> ModelFile.read(file))
                .hasMessage("attention: expected 'window 4', with which m.safetensors was trained, got 'causal'; "
                        + "pass that variant");
    }

    @Test
    void tensorsOfAnotherModelAreRefused() throws IOException {
        Path file = folder.resolve("m.safetensors");
        ModelFile.write(file, TrainedModel.initial(SPEC, AttentionVariant.CAUSAL, 3));
        Safetensors.Contents contents = Safetensors.read(file);
        Map<String, Safetensors.Entry> fewer = new LinkedHashMap<>(contents.tensors());
        fewer.remove("norm");
        Safetensors.write(file, new Safetensors.Contents(contents.metadata(), fewer));
        assertThatThrownBy(() -> ModelFile.read(file)).hasMessageContaining("expected 12 tensors, got 11");
        Safetensors.write(file, new Safetensors.Contents(Map.of(), contents.tensors()));
        assertThatThrownBy(() -> ModelFile.read(file))
                .hasMessage("m.safetensors: expected metadata muflex.format, got none; give a file that MuFlex wrote");
    }

    @Test
    void aFolderStandsForItsCurrentModel() throws IOException {
        assertThatThrownBy(() -> RunFolder.model(folder)).hasMessageContaining("a folder with state.json");
        Files.writeString(RunFolder.state(folder), "{\"model\": \"model-1.safetensors\"}");
        assertThatThrownBy(() -> RunFolder.model(folder)).hasMessageContaining("restore the file");
        Path model = Files.createFile(folder.resolve("model-1.safetensors"));
        assertThat(RunFolder.model(folder)).isEqualTo(model);
        assertThat(RunFolder.model(model)).isEqualTo(model);
    }
}
