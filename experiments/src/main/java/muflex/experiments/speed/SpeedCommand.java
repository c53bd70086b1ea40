package muflex.experiments.speed;

import java.io.PrintWriter;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import muflex.attention.AttentionShape;
import muflex.attention.Precision;
import muflex.engine.Device;
import muflex.engine.Devices;
import muflex.experiments.BadInput;
import muflex.experiments.KernelOptions;
import muflex.experiments.compare.Direction;
import muflex.experiments.compare.ShapeText;
import muflex.experiments.report.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code muflex speed}: attention on one device or several, its kernels' time alone, checked against float64 first. */
@Command(
        name = "speed",
        description = {
            "Time attention's kernels on a device, by its own clock and without copies.",
            "A device that has no clock of its own has the time of the whole call, which is named so.",
            "Several devices are called in turn; a case that one of them does not take is left out for it, which is told."
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

    @Option(
            names = "--device",
            split = ",",
            paramLabel = "ID",
            description = "As `muflex devices` lists it (default: auto).")
    private List<String> devices = List.of("auto");

    @Option(
            names = "--shapes",
            split = ",",
            paramLabel = "BxHxLxD",
            description = "Default: 4x16x4096x128,1x8x1024x64.")
    private List<String> shapes = List.of("4x16x4096x128", "1x8x1024x64");

    @Option(names = "--variants", split = ",", paramLabel = "NAME", description = "Of " + SpeedVariant.NAMES + ".")
    private List<String> variants = List.of("full", "causal");

    @Option(
            names = "--precision",
            split = ",",
            paramLabel = "NAME",
            description = "Of single, half, bfloat16 (default: single).")
    private List<String> precisions = List.of("single");

    @Option(
            names = "--directions",
            split = ",",
            paramLabel = "NAME",
            description = "Of forward, backward (default: forward).")
    private List<String> directions = List.of("forward");

    @Option(names = "--repeat", paramLabel = "N", defaultValue = "9", description = "Samples of each case.")
    private int repeat = 9;

    @Option(names = "--json", description = "Print rows as JSON Lines instead of the table.")
    private boolean json;

    private final Set<String> told = new HashSet<>();

    @Override
    public Integer call() {
        if (repeat < 1) {
            throw BadInput.of("repeat", "1 or more", repeat, "leave it out for 9");
        }
        List<Device> on = devices.stream()
                .map(id -> BadInput.check(() -> Devices.byId(id)))
                .distinct()
                .toList();
        List<AttentionShape> sizes = shapes.stream()
                .map(text -> BadInput.check(() -> ShapeText.parse(text)))
                .toList();
        sizes.forEach(shape -> variants.forEach(name -> SpeedVariant.of(name, shape)));
        List<Precision> roundings =
                precisions.stream().map(SpeedCommand::precision).toList();
        List<Direction> ways = directions.stream().map(SpeedCommand::direction).toList();
        PrintWriter out = spec.commandLine().getOut();
        if (!json) {
            on.forEach(device -> out.println(device.id() + ": " + device.description()));
        }
        for (AttentionShape shape : sizes) {
            SpeedInputs inputs = SpeedInputs.of(shape);
            for (String name : variants) {
                for (Precision rounding : roundings) {
                    try (SpeedTurns turns = new SpeedTurns(
                            on, inputs, SpeedVariant.of(name, shape), rounding, ways, this::tellLeftOut)) {
                        turns.measure(ways, repeat).forEach(row -> print(out, on.size() > 1, row));
                    }
                }
            }
        }
        return 0;
    }

    /** Once, though it may be so for many cases. */
    private void tellLeftOut(String why) {
        if (told.add(why)) {
            spec.commandLine().getErr().println("left out, " + why);
            spec.commandLine().getErr().flush();
        }
    }

    private static Precision precision(String name) {
        return Arrays.stream(Precision.values())
                .filter(value -> value.toString().equalsIgnoreCase(name))
                .findFirst()
                .orElseThrow(
                        () -> BadInput.of("precision", "single, half or bfloat16", name, "leave it out for single"));
    }

    private static Direction direction(String name) {
        return Arrays.stream(Direction.values())
                .filter(value -> value.toString().equalsIgnoreCase(name))
                .findFirst()
                .orElseThrow(() -> BadInput.of("directions", "forward or backward", name, "leave it out for forward"));
    }

    private void print(PrintWriter out, boolean named, SpeedRow row) {
        out.println(
                json
                        ? Json.write(row)
                        : (named ? "%-12s ".formatted(row.who()) : "")
                                + "%-16s %-9s %-8s %-8s %-6s %9.3f ms %7.1f TFLOP/s  error %.1e (mean %.1e)  call %.1f ms"
                                        .formatted(
                                                row.shape(),
                                                row.variant(),
                                                row.precision(),
                                                row.direction(),
                                                row.kernelMillis() == null ? "call" : "kernel",
                                                row.millis(),
                                                row.teraflops(),
                                                row.largestError(),
                                                row.meanError(),
                                                row.wallMillis()));
        out.flush();
    }
}
