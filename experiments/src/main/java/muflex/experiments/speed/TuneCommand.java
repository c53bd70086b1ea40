package muflex.experiments.speed;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import muflex.attention.AttentionShape;
import muflex.attention.Precision;
import muflex.engine.Device;
import muflex.engine.Devices;
import muflex.engine.offload.Switches;
import muflex.experiments.BadInput;
import muflex.experiments.KernelOptions;
import muflex.experiments.compare.Direction;
import muflex.experiments.compare.ShapeText;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code muflex kernels tune}: which form of attention's kernels is fastest on a device. */
@Command(
        name = "tune",
        description = {
            "Tries the forms of attention's kernels on a device: their family, their vectors, their work groups. Each is checked",
            "against float64, then all are timed in turn, both passes; the one of the least median is kept in the cache for",
            "this device, driver and class of shapes (head dims; lengths up to a power of two), and used from then on."
        },
        mixinStandardHelpOptions = true,
        footer = {"", "Example:", "  muflex kernels tune --device tornado:0:0 --shapes 1x8x1024x64"})
public final class TuneCommand implements Callable<Integer> {
    private static final List<Direction> BOTH = List.of(Direction.FORWARD, Direction.BACKWARD);

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private CommandSpec spec;

    @Mixin
    KernelOptions kernels = new KernelOptions();

    @Option(names = "--device", required = true, paramLabel = "ID", description = "As `muflex devices` lists it.")
    private String device = "";

    @Option(
            names = "--shapes",
            split = ",",
            paramLabel = "BxHxLxD",
            description = "One of each class (default: 1x8x1024x64).")
    private List<String> shapes = List.of("1x8x1024x64");

    @Option(names = "--repeat", paramLabel = "N", description = "Samples of each form (default: 9).")
    private int repeat = 9;

    @Override
    public Integer call() {
        if (repeat < 1) {
            throw BadInput.of("--repeat", "1 or more", repeat, "leave it out for 9");
        }
        Device on = BadInput.check(() -> Devices.byId(device));
        List<AttentionShape> sizes = shapes.stream()
                .map(text -> BadInput.check(() -> ShapeText.parse(text)))
                .toList();
        List<String> forms = on.forms();
        if (forms.size() < 2) {
            throw BadInput.of(
                    "--device",
                    "one whose kernels have several forms, such as opencl:0:0 or tornado:0:0",
                    on.id(),
                    "there is nothing to choose on it");
        }
        PrintWriter out = spec.commandLine().getOut();
        out.println(on.id() + ": " + on.description());
        for (AttentionShape shape : sizes) {
            tune(out, on, forms, shape);
        }
        return 0;
    }

    /** A form that gives the right answers. */
    private record Trial(String form, CheckedCase checked) {
        double millis() {
            return checked.millis(Direction.FORWARD) + checked.millis(Direction.BACKWARD);
        }
    }

    private void tune(PrintWriter out, Device on, List<String> forms, AttentionShape shape) {
        List<Trial> trials = new ArrayList<>();
        try {
            SpeedCase test = new SpeedCase(on, SpeedInputs.of(shape), SpeedVariant.of("full", shape), Precision.SINGLE);
            forms.forEach(form -> check(out, test, form, shape, trials));
            measure(out, shape, trials);
            Trial best = trials.stream()
                    .min(Comparator.comparingDouble(Trial::millis))
                    .orElse(null);
            if (best == null) {
                out.println(ShapeText.of(shape) + ": no form gives the right answers; nothing kept");
                return;
            }
            trials.forEach(trial -> out.println("%s  %-13s forward %9.3f ms  backward %9.3f ms"
                    .formatted(
                            ShapeText.of(shape),
                            trial.form(),
                            trial.checked().millis(Direction.FORWARD),
                            trial.checked().millis(Direction.BACKWARD))));
            Path file = on.keepForm(shape, best.form());
            out.println("%s: %s, %.3f ms%s"
                    .formatted(
                            ShapeText.of(shape),
                            best.form(),
                            best.millis(),
                            file == null ? "; the cache is off, nothing kept" : "; kept in " + file));
        } finally {
            trials.forEach(trial -> trial.checked().close());
            out.flush();
        }
    }

    /** Compiles a form and checks its answers; wrong ones, or a driver's failure, leave it out. */
    private static void check(PrintWriter out, SpeedCase test, String form, AttentionShape shape, List<Trial> trials) {
        System.setProperty(Switches.FORM, form);
        try {
            CheckedCase checked = test.check(BOTH);
            trials.add(new Trial(form, checked));
            out.println("%s  %-13s right, largest error %.1e"
                    .formatted(
                            ShapeText.of(shape),
                            form,
                            Math.max(
                                    checked.errors(Direction.FORWARD).largest(),
                                    checked.errors(Direction.BACKWARD).largest())));
        } catch (RuntimeException e) {
            out.println(ShapeText.of(shape) + "  " + form + "  " + e.getMessage());
        } finally {
            System.clearProperty(Switches.FORM);
            out.flush();
        }
    }

    /** One call of each form after the other, again and again: what else the machine does meets all alike. */
    private void measure(PrintWriter out, AttentionShape shape, List<Trial> trials) {
        for (int i = 0; i < repeat; i++) {
            for (Trial trial : List.copyOf(trials)) {
                try {
                    BOTH.forEach(trial.checked()::sample);
                } catch (RuntimeException e) {
                    out.println(ShapeText.of(shape) + "  " + trial.form() + "  " + e.getMessage());
                    trials.remove(trial);
                    trial.checked().close();
                }
            }
        }
    }
}
