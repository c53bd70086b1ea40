package muflex.model;

import java.nio.charset.StandardCharsets;
import java.util.List;
import muflex.engine.Device;
import muflex.engine.Devices;
import muflex.model.data.Corpus;
import muflex.model.data.Document;
import muflex.model.parameterization.Parameterizations;

/** Small models and texts for tests. */
public final class TestModels {

    private TestModels() {}

    public static Device cpu() {
        return Devices.byId("cpu");
    }

    /** Width 32, two heads of 16, two layers, a context of 24. */
    public static TransformerConfig config() {
        return new TransformerConfig(256, 32, 2, 2, 2, 16, 64, 24, Positions.ROPE, Activation.GELU);
    }

    /** The standard parameterization at its own base, with a readout that doesn't start at zero. */
    public static ModelSpec spec(TransformerConfig config) {
        ModelSpec spec = ModelSpec.of(config, Parameterizations.standard(), config);
        return new ModelSpec(
                config, spec.rule(), config, spec.scales().with(muflex.model.parameterization.Role.READOUT, 1));
    }

    /** Two files of simple text. */
    public static Corpus corpus() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 300; i++) {
            text.append("line ").append(i).append(" has ").append(i * i % 97).append(" of it;\n");
        }
        byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
        return Corpus.of("lines", List.of(new Document("a", bytes), new Document("b", bytes)));
    }
}
