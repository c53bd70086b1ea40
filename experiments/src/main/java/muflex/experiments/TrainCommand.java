package muflex.experiments;

import java.io.IOException;
import java.io.PrintWriter;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import muflex.attention.Precision;
import muflex.engine.Device;
import muflex.engine.Devices;
import muflex.experiments.report.Row;
import muflex.experiments.report.Units;
import muflex.experiments.train.Interrupt;
import muflex.experiments.train.TrainingLog;
import muflex.experiments.train.TrainingRow;
import muflex.experiments.train.Utf8Stream;
import muflex.model.AttentionVariant;
import muflex.model.ModelSpec;
import muflex.model.TransformerConfig;
import muflex.model.checkpoint.RunFolder;
import muflex.model.data.Baselines;
import muflex.model.data.Corpus;
import muflex.model.generation.GenerationOptions;
import muflex.model.generation.Generator;
import muflex.model.training.Evaluation;
import muflex.model.training.Trainer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code muflex train}. */
@Command(
        name = "train",
        description = {
            "Trains a transformer on the bytes of a text, and shows its loss beside what counting alone achieves.",
            "Leaves a checkpoint that `muflex generate` reads. Ctrl-C stops after the step and keeps what is learned."
        },
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        footer = {
            "",
            "Examples:",
            "  muflex train",
            "  muflex train --steps 2000 --out runs/java",
            "  muflex train --resume runs/java",
            "  muflex train --text notes.txt --width 128 --depth 6 --lr 0.01",
            "  muflex train --optimizer muon --rule spectral --width 256"
        })
final class TrainCommand implements Callable<Integer>, CaseCommand {

    private static final String SAMPLE_PROMPT = "    /**\n     * Returns ";

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private CommandSpec spec;

    @Mixin
    private RunOptions run = new RunOptions();

    @Mixin
    KernelOptions kernels = new KernelOptions();

    @Mixin
    private ModsOptions mods = new ModsOptions();

    @Option(
            names = "--text",
            paramLabel = "PATH",
            description = "A file or folder to learn from (default: this JDK's own java.base sources).")
    private @Nullable Path text;

    @Option(
            names = "--bytes",
            paramLabel = "N",
            defaultValue = "" + Corpus.DEFAULT_BYTES,
            description = "Take at most this much of the text.")
    private long bytes;

    @Option(names = "--device", paramLabel = "ID", defaultValue = "auto", description = "As `muflex devices` lists it.")
    private String device = "auto";

    @Option(
            names = "--precision",
            paramLabel = "NAME",
            defaultValue = "single",
            description =
                    "single, or bfloat16: what the operands of products are rounded to, for a GPU's tensor cores.")
    private String precision = "single";

    @Option(
            names = "--out",
            paramLabel = "FOLDER",
            description = "Where the checkpoint and metrics go (default: runs/train-<time>).")
    private @Nullable Path out;

    @Option(names = "--resume", paramLabel = "FOLDER", description = "Go on with the run in this folder.")
    private @Nullable Path resume;

    @Option(
            names = "--sample",
            paramLabel = "N",
            defaultValue = "300",
            description = "Bytes of sample text at the end.")
    private int sample;

    @Override
    public Integer call() throws IOException {
        checkSample();
        products();
        if (resume == null) {
            // Before a text is read and a device is chosen, which take their time and say so.
            BadInput.check(run::model);
            BadInput.check(run::training);
        }
        AttentionVariant variant = BadInput.check(mods::variant);
        Corpus corpus = corpus();
        Device target = target();
        Path folder = resume != null ? resume : out != null ? out : Path.of("runs", Main.stamped("train"));
        Progress progress = Progress.onStandardError();
        try (Interrupt interrupt = new Interrupt();
                Trainer trainer = trainer(variant, corpus, target)) {
            PrintWriter to = spec.commandLine().getOut();
            describe(to, trainer, corpus, target);
            Baselines baselines = Baselines.measure(corpus, trainer.validationWindows());
            try (TrainingLog log = new TrainingLog(to, progress, baselines, folder)) {
                log.begin();
                Evaluation end = trainer.run(log, interrupt::requested, folder);
                log.end(end);
            }
            if (interrupt.requested()) {
                to.println("stopped after step " + trainer.step() + "; go on with: muflex train --resume " + folder);
            } else {
                sample(to, trainer, target);
                to.println("checkpoint: " + folder + " (try: muflex generate --checkpoint " + folder + ")");
            }
            to.flush();
        }
        return 0;
    }

    @Override
    public void check() {
        checkSample();
        products();
        BadInput.check(run::model);
        BadInput.check(run::training);
        BadInput.check(mods::variant);
        if (text != null && !Files.exists(text)) {
            throw BadInput.of("--text", "a file or folder", text, "name one that is there");
        }
    }

    private void checkSample() {
        if (sample < 0) {
            throw BadInput.of("--sample", "at least 0", sample, "give a count of bytes, 0 for no sample");
        }
    }

    /** Goes on with the run in {@code folder}, if one was begun there. */
    @Override
    public List<Row> measure(Path folder, BooleanSupplier stop) throws IOException {
        Device target = target();
        Corpus corpus = corpus();
        AttentionVariant variant = BadInput.check(mods::variant);
        boolean begun = Files.exists(RunFolder.state(folder));
        try (Trainer trainer = begun
                ? Trainer.resume(folder, variant, corpus, target)
                : BadInput.check(() -> Trainer.start(run.model(), variant, run.training(), corpus, target))) {
            String command = "scripts/muflex "
                    + String.join(
                            " ", spec.root().commandLine().getParseResult().originalArgs());
            return new TrainingRow(trainer, corpus, target, command).run(folder, stop);
        }
    }

    private Device target() {
        Precision products = products();
        return BadInput.check(() -> Devices.byId(device).withProducts(products));
    }

    /** Half precision is not offered: without a scaled loss its smallest gradients vanish. */
    private Precision products() {
        return switch (precision) {
            case "single" -> Precision.SINGLE;
            case "bfloat16" -> Precision.BFLOAT16;
            default -> throw BadInput.of("--precision", "single or bfloat16", precision, "use one of them");
        };
    }

    private Corpus corpus() throws IOException {
        if (bytes < 1) {
            throw BadInput.of("--bytes", "at least 1", bytes, "give a size in bytes");
        }
        try {
            return text == null ? Corpus.jdkSources(bytes) : Corpus.read(text, bytes);
        } catch (IllegalArgumentException e) {
            throw new BadInput(String.valueOf(e.getMessage()));
        }
    }

    private Trainer trainer(AttentionVariant variant, Corpus corpus, Device target) throws IOException {
        if (resume == null) {
            if (out != null && Files.exists(RunFolder.state(out))) {
                throw BadInput.of("--out", "a folder without a run", out, "pass --resume to go on with it");
            }
            return BadInput.check(() -> Trainer.start(run.model(), variant, run.training(), corpus, target));
        }
        String fixed = spec.commandLine().getParseResult().matchedOptions().stream()
                .filter(option -> option.userObject() instanceof Field field
                        && (field.getDeclaringClass().equals(RunOptions.class)
                                || field.getName().equals("out")))
                .map(OptionSpec::longestName)
                .collect(Collectors.joining(", "));
        if (!fixed.isEmpty()) {
            throw BadInput.of("--resume", "no option that the checkpoint remembers", fixed, "leave it out");
        }
        try {
            return Trainer.resume(resume, variant, corpus, target);
        } catch (IllegalArgumentException e) {
            throw new BadInput(String.valueOf(e.getMessage()));
        }
    }

    private static void describe(PrintWriter to, Trainer trainer, Corpus corpus, Device target) {
        ModelSpec model = trainer.model().spec();
        TransformerConfig config = model.config();
        to.println(String.format(
                Locale.ROOT,
                "model: %.2f M parameters, width %d, depth %d, %d heads of %d, context %d, %srule %s, attention %s",
                model.parameterCount() / 1e6,
                config.width(),
                config.depth(),
                config.heads(),
                config.headDim(),
                config.context(),
                config.tied() ? "tied embedding, " : "",
                model.rule().name(),
                trainer.model().variant().name()));
        to.println("text: " + corpus.name() + ", " + Units.bytes(corpus.train().length()) + " to train on, "
                + Units.bytes(corpus.validation().length()) + " held out by file");
        to.println("device: " + target.id() + ", " + target.description());
        to.flush();
    }

    private void sample(PrintWriter to, Trainer trainer, Device target) {
        if (sample == 0) {
            return;
        }
        to.println("sample:");
        Utf8Stream text = new Utf8Stream();
        try (Generator generator = new Generator(trainer.model(), target)) {
            GenerationOptions options =
                    new GenerationOptions(sample, 0.8, 40, trainer.config().seed());
            generator.generate(
                    SAMPLE_PROMPT.getBytes(StandardCharsets.UTF_8), options, next -> to.print(text.append(next)));
        }
        to.println(text.end());
    }
}
