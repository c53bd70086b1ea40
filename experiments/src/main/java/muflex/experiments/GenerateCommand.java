package muflex.experiments;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import muflex.engine.Device;
import muflex.engine.Devices;
import muflex.experiments.train.Utf8Stream;
import muflex.model.AttentionVariant;
import muflex.model.TrainedModel;
import muflex.model.checkpoint.ModelFile;
import muflex.model.checkpoint.RunFolder;
import muflex.model.generation.BatchGenerator;
import muflex.model.generation.GenerationOptions;
import muflex.model.generation.Generator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code muflex generate}. */
@Command(
        name = "generate",
        description = "Continues a text with a trained model.",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        footer = {
            "",
            "Example:",
            "  muflex generate --checkpoint runs/java --prompt 'public static ' --tokens 200 --temperature 0.7",
            "  muflex generate --checkpoint runs/java --prompt 'public static ' --samples 8"
        })
final class GenerateCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private CommandSpec spec;

    @Option(
            names = "--checkpoint",
            required = true,
            paramLabel = "PATH",
            description = "The folder that `muflex train` wrote, or one model file in it.")
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private Path checkpoint;

    @Option(names = "--prompt", paramLabel = "TEXT", defaultValue = "", description = "What the text begins with.")
    private String prompt = "";

    @Option(names = "--tokens", paramLabel = "N", defaultValue = "500", description = "Bytes to generate.")
    private int tokens;

    @Option(
            names = "--temperature",
            paramLabel = "T",
            defaultValue = "0.8",
            description = "Divides the logits; 0 always takes the likeliest byte.")
    private double temperature;

    @Option(
            names = "--top-k",
            paramLabel = "K",
            defaultValue = "40",
            description = "Choose among the K likeliest bytes; 0 for all.")
    private int topK;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "Seed of the choices.")
    private long seed;

    @Option(
            names = "--samples",
            paramLabel = "N",
            defaultValue = "1",
            description = "Continuations, chosen with seeds one apart; more than one are generated in one batch.")
    private int samples;

    @Option(names = "--device", paramLabel = "ID", defaultValue = "auto", description = "As `muflex devices` lists it.")
    private String device = "auto";

    @Mixin
    KernelOptions kernels = new KernelOptions();

    @Mixin
    private ModsOptions mods = new ModsOptions();

    @Override
    public Integer call() throws IOException {
        GenerationOptions options = BadInput.check(() -> new GenerationOptions(tokens, temperature, topK, seed));
        if (samples < 1 || samples > 1024) {
            throw BadInput.of("--samples", "1 to 1024", samples, "give a number in that range");
        }
        AttentionVariant variant = BadInput.check(mods::variant);
        PrintWriter out = spec.commandLine().getOut();
        Utf8Stream text = new Utf8Stream();
        TrainedModel model = read(variant);
        Device target = BadInput.check(() -> Devices.byId(device));
        if (samples > 1) {
            batch(model, target, options, out);
            return 0;
        }
        try (Generator generator = new Generator(model, target)) {
            out.print(prompt);
            generator.generate(prompt.getBytes(StandardCharsets.UTF_8), options, next -> {
                out.print(text.append(next));
                out.flush();
            });
        }
        out.println(text.end());
        out.flush();
        return 0;
    }

    private void batch(TrainedModel model, Device target, GenerationOptions options, PrintWriter out) {
        try (BatchGenerator generator = new BatchGenerator(model, samples, target)) {
            List<byte[]> all =
                    generator.generate(Collections.nCopies(samples, prompt.getBytes(StandardCharsets.UTF_8)), options);
            for (int i = 0; i < samples; i++) {
                out.println("--- sample " + (i + 1) + ", seed " + (seed + i));
                out.println(prompt + new String(all.get(i), StandardCharsets.UTF_8));
            }
            out.flush();
        }
    }

    private TrainedModel read(AttentionVariant variant) throws IOException {
        try {
            return ModelFile.read(RunFolder.model(checkpoint), variant);
        } catch (IllegalArgumentException e) {
            throw new BadInput(String.valueOf(e.getMessage()));
        }
    }
}
