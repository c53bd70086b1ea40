package muflex.experiments.speed;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.Precision;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.Device;
import muflex.engine.DeviceTimes;
import muflex.engine.Devices;
import muflex.experiments.BadInput;
import muflex.experiments.KernelOptions;
import muflex.experiments.RunFailed;
import muflex.experiments.compare.ShapeText;
import muflex.experiments.report.Git;
import muflex.experiments.report.Json;
import muflex.experiments.report.Samples;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code muflex speed}: the forward pass on one device, its kernels' time alone, checked against float64 first. */
@Command(
        name = "speed",
        description = {
            "Time attention's forward kernels on one device, by its own clock and without copies.",
            "A device that has no clock of its own has the time of the whole call, which is named so."
        },
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Example:",
            "  muflex speed --device cuda:0 --shapes 4x16x4096x128 --precision half --variants full,causal"
        })
public final class SpeedCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private CommandSpec spec;

    @Mixin
    KernelOptions kernels = new KernelOptions();

    @Option(names = "--device", paramLabel = "ID", defaultValue = "auto", description = "As `muflex devices` lists it.")
    private String device = "auto";

    @Option(
            names = "--shapes",
            split = ",",
            paramLabel = "BxHxLxD",
            description = "Default: 4x16x4096x128,1x8x1024x64.")
    private List<String> shapes = List.of("4x16x4096x128", "1x8x1024x64");

    @Option(names = "--variants", split = ",", paramLabel = "NAME", description = "Of " + SpeedVariant.NAMES + ".")
    private List<String> variants = List.of("full", "causal");

    @Option(names = "--precision", split = ",", paramLabel = "NAME", description = "Of single, half (default: single).")
    private List<String> precisions = List.of("single");

    @Option(names = "--repeat", paramLabel = "N", defaultValue = "9", description = "Samples of each case.")
    private int repeat = 9;

    @Option(names = "--json", description = "Print rows as JSON Lines instead of the table.")
    private boolean json;

    @Override
    public Integer call() {
        if (repeat < 1) {
            throw BadInput.of("repeat", "1 or more", repeat, "leave it out for 9");
        }
        Device on = BadInput.check(() -> Devices.byId(device));
        List<AttentionShape> sizes = shapes.stream()
                .map(text -> BadInput.check(() -> ShapeText.parse(text)))
                .toList();
        sizes.forEach(shape -> variants.forEach(name -> SpeedVariant.of(name, shape)));
        List<Precision> roundings =
                precisions.stream().map(SpeedCommand::precision).toList();
        PrintWriter out = spec.commandLine().getOut();
        if (!json) {
            out.println(on.id() + ": " + on.description());
        }
        for (AttentionShape shape : sizes) {
            for (String name : variants) {
                for (Precision rounding : roundings) {
                    print(out, measure(on, shape, SpeedVariant.of(name, shape), rounding));
                }
            }
        }
        return 0;
    }

    private static Precision precision(String name) {
        return Arrays.stream(Precision.values())
                .filter(value -> value.name().equalsIgnoreCase(name))
                .findFirst()
                .orElseThrow(() -> BadInput.of("precision", "single or half", name, "leave it out for single"));
    }

    private void print(PrintWriter out, SpeedRow row) {
        out.println(
                json
                        ? Json.write(row)
                        : "%-16s %-9s %-7s %-6s %9.3f ms %7.1f TFLOP/s  error %.1e (mean %.1e)  call %.1f ms"
                                .formatted(
                                        row.shape(),
                                        row.variant(),
                                        row.precision(),
                                        row.kernelMillis() == null ? "call" : "kernel",
                                        row.millis(),
                                        row.teraflops(),
                                        row.largestError(),
                                        row.meanError(),
                                        row.wallMillis()));
        out.flush();
    }

    private SpeedRow measure(Device on, AttentionShape shape, SpeedVariant variant, Precision precision) {
        SplittableRandom random = new SplittableRandom(1);
        float[] q = halves(random, shape.querySize());
        float[] k = halves(random, shape.keySize());
        float[] v = halves(random, shape.valueSize());
        float[] result = new float[shape.outSize()];
        float[] lse = new float[shape.lseSize()];
        Arrays.fill(result, Float.NaN);
        AttentionSpec attention = AttentionSpec.of(shape)
                .withScoreMod(variant.scoreMod())
                .withMask(blocks(shape, variant))
                .withPrecision(precision);
        double[] kernels = new double[repeat];
        double[] walls = new double[repeat];
        try (AttentionOp op = BadInput.check(() -> on.compile(attention))) {
            op.forward(q, k, v, result, lse);
            RowCheck.Errors errors = new RowCheck(shape, variant, q, k, v).errors(result, lse);
            String complaint = errors.complaint(precision);
            if (complaint != null) {
                throw new RunFailed(on.id() + ", " + ShapeText.of(shape) + ", " + variant.name() + ", "
                        + precision.name().toLowerCase(Locale.ROOT) + ": " + complaint);
            }
            op.takeTimes();
            boolean timed = true;
            for (int i = 0; i < repeat; i++) {
                long start = System.nanoTime();
                op.forward(q, k, v, result, lse);
                walls[i] = (System.nanoTime() - start) / 1e6;
                DeviceTimes times = op.takeTimes();
                timed &= times != null;
                kernels[i] = times == null ? Double.NaN : times.kernel() / 1e6;
            }
            Double kernel = timed ? Samples.median(kernels) : null;
            return row(on, shape, variant, precision, kernel, Samples.median(walls), errors);
        }
    }

    private static SpeedRow row(
            Device on,
            AttentionShape shape,
            SpeedVariant variant,
            Precision precision,
            @Nullable Double kernel,
            double wall,
            RowCheck.Errors errors) {
        double operations =
                2.0 * (shape.headDim() + shape.valueDim()) * shape.batch() * shape.queryHeads() * variant.pairs(shape);
        Git git = Git.of(Path.of(System.getProperty("muflex.home", ".")));
        return new SpeedRow(
                on.id(),
                on.description(),
                git.toString(),
                ShapeText.of(shape),
                variant.name(),
                precision.name().toLowerCase(Locale.ROOT),
                kernel,
                wall,
                operations / (kernel == null ? wall : kernel) * 1e-9,
                errors.largest(),
                errors.mean(),
                errors.lse());
    }

    private static @Nullable BlockMask blocks(AttentionShape shape, SpeedVariant variant) {
        return variant.mask() == null
                ? null
                : BlockMask.create(variant.mask(), 1, 1, shape.queryLength(), shape.kvLength());
    }

    /** Normal numbers that half precision holds exactly, so that both precisions have the same inputs. */
    private static float[] halves(SplittableRandom random, int size) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = Float.float16ToFloat(Float.floatToFloat16((float) random.nextGaussian()));
        }
        return values;
    }
}
