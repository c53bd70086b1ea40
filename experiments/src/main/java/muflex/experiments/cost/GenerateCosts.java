package muflex.experiments.cost;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import muflex.engine.Device;
import muflex.experiments.RunFailed;
import muflex.model.AttentionVariant;
import muflex.model.ModelSpec;
import muflex.model.TrainedModel;
import muflex.model.TransformerConfig;
import muflex.model.generation.BatchGenerator;
import muflex.model.generation.GenerationOptions;
import muflex.model.generation.Generator;
import muflex.model.parameterization.Parameterizations;

/** What {@code muflex generate --samples} does, with a model as {@code muflex train} begins with it. */
final class GenerateCosts {

    private static final int WIDTH = 128;
    private static final int DEPTH = 4;
    private static final String LINE = "public static void main(String[] arguments) {\n";

    /** A choice between two bytes of nearly the same probability may fall otherwise later: sums are taken in another order. */
    private static final int SAME = 8;

    private final int context;
    private final int tokens;
    private final Device device;

    /** The context is half of {@code length}, nearly half of which is the prompt; an eighth of it is generated. */
    GenerateCosts(int length, Device device) {
        context = length / 2;
        tokens = context / 8;
        this.device = device;
    }

    Stream<Case> cases() {
        return Stream.<Supplier<Case>>of(this::measured).map(Supplier::get);
    }

    private Case measured() {
        TransformerConfig config = TransformerConfig.ofBytes(WIDTH, DEPTH, context);
        byte[] prompt =
                LINE.repeat(Math.max(1, context * 45 / 100 / LINE.length())).getBytes(StandardCharsets.UTF_8);
        GenerationOptions options = new GenerationOptions(tokens, 0.8, 40, 1);
        List<Entry> entries = new ArrayList<>();
        List<Runnable> close = new ArrayList<>();
        long alone = Footprint.of(() -> {
            Generator first = new Generator(model(config), device);
            first.generate(prompt, options, _ -> {});
            return first::close;
        });
        Generator generator = new Generator(model(config), device);
        byte[] text = generator.generate(prompt, options, _ -> {});
        Runnable one = () -> generator.generate(prompt, options, _ -> {});
        entries.add(new Entry(device.id(), "one text", tokens, Entry.TOKEN, null, alone, Entry.timed(one)));
        close.add(generator::close);
        for (int texts : new int[] {1, 4, 8}) {
            List<byte[]> prompts = Collections.nCopies(texts, prompt);
            long held = Footprint.of(() -> {
                BatchGenerator first = new BatchGenerator(model(config), texts, device);
                first.generate(prompts, options);
                return first::close;
            });
            BatchGenerator batch = new BatchGenerator(model(config), texts, device);
            check(text, batch.generate(prompts, options).getFirst());
            Runnable all = () -> batch.generate(prompts, options);
            entries.add(new Entry(
                    device.id(),
                    "in pages, " + texts + (texts == 1 ? " sample" : " samples"),
                    (double) texts * tokens,
                    Entry.TOKEN,
                    null,
                    held,
                    Entry.timed(all)));
            close.add(batch::close);
        }
        String name = "width " + WIDTH + ", depth " + DEPTH + ", context " + context + ": " + tokens + " tokens behind "
                + prompt.length;
        return new Case("generate", name, entries, () -> close.forEach(Runnable::run));
    }

    private static TrainedModel model(TransformerConfig config) {
        return TrainedModel.initial(ModelSpec.of(config, Parameterizations.mup(), config), AttentionVariant.CAUSAL, 1);
    }

    private static void check(byte[] alone, byte[] batched) {
        if (!Arrays.equals(alone, 0, SAME, batched, 0, SAME)) {
            throw new RunFailed("generate: expected the same first " + SAME
                    + " bytes in a batch as alone, got others; nothing is timed");
        }
    }
}
