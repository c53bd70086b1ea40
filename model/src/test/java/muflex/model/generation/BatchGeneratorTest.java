package muflex.model.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import muflex.engine.Device;
import muflex.engine.Devices;
import muflex.model.Activation;
import muflex.model.AttentionVariant;
import muflex.model.Positions;
import muflex.model.TestModels;
import muflex.model.TrainedModel;
import muflex.model.TransformerConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BatchGeneratorTest {

    private static final AttentionVariant WINDOW = new AttentionVariant(
            "window", (score, b, h, q, kv) -> score - 0.01f * (q - kv), (b, h, q, kv) -> q - kv < 20, List.of());

    private static TrainedModel model(Positions positions) {
        TransformerConfig config = new TransformerConfig(256, 32, 2, 4, 2, 8, 48, 60, positions, Activation.GELU);
        return TrainedModel.initial(TestModels.spec(config), WINDOW, 3);
    }

    static Stream<String> devices() {
        return Devices.all().stream()
                .map(Device::id)
                .filter(id -> id.equals("cpu") || id.equals("loops") || id.startsWith("opencl"));
    }

    /** As many bytes as fill the context twice, from prompts that share pages, differ, and are empty. */
    @ParameterizedTest
    @MethodSource("devices")
    void givesWhatOneByOneGives(String id) {
        Device device = Devices.byId(id);
        List<byte[]> prompts = Stream.of(
                        "the cat sat on the mat and so on, till it was late",
                        "the cat sat on the mat and so on, till it was dark",
                        "a dog",
                        "")
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .toList();
        GenerationOptions options = new GenerationOptions(id.equals("loops") ? 6 : 90, 0.8, 40, 5);
        // Plain loops are slow.
        Positions[] all = id.equals("loops") ? new Positions[] {Positions.ALIBI} : Positions.values();
        for (Positions positions : all) {
            List<byte[]> batch;
            try (BatchGenerator generator = new BatchGenerator(model(positions), 5, device)) {
                batch = generator.generate(prompts, options);
                assertThat(generator.generate(prompts.subList(2, 3), options)).hasSize(1);
            }
            List<byte[]> single = new ArrayList<>();
            try (Generator generator = new Generator(model(positions), device)) {
                for (int i = 0; i < prompts.size(); i++) {
                    GenerationOptions own = new GenerationOptions(options.tokens(), 0.8, 40, 5 + i);
                    single.add(generator.generate(prompts.get(i), own, token -> {}));
                }
            }
            for (int i = 0; i < prompts.size(); i++) {
                assertThat(batch.get(i)).as("%s, text %d", positions, i).isEqualTo(single.get(i));
            }
        }
    }

    @Test
    void tooManyPromptsAreRefused() {
        try (BatchGenerator generator = new BatchGenerator(model(Positions.ROPE), 1, TestModels.cpu())) {
            assertThatThrownBy(() ->
                            generator.generate(List.of(new byte[1], new byte[1]), new GenerationOptions(1, 0, 0, 1)))
                    .hasMessage("prompts: expected 1 to 1, got 2; make a generator for more texts");
        }
    }
}
