package muflex.experiments.speed;

import java.io.PrintWriter;
import java.nio.file.Path;
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
            "against float64, then timed, both passes; the fastest is kept in the cache for this device, driver and class of",
            "shapes (head dims; lengths up to a power of two), and used from then on."
        },
        mixinStandardHelpOptions = true,
        footer = {"", "Example:", "  muflex kernels tune --device tornado:0:0 --shapes 1x8x1024x64"})
public final class TuneCommand implements Callable<Integer> {

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

    private void tune(PrintWriter out, Device on, List<String> forms, AttentionShape shape) {
        String best = forms.getFirst();
        double least = Double.POSITIVE_INFINITY;
        for (String form : forms) {
            double millis = millis(out, on, form, shape);
            if (millis < least) {
                least = millis;
                best = form;
            }
        }
        if (least == Double.POSITIVE_INFINITY) {
            out.println(ShapeText.of(shape) + ": no form gives the right answers; nothing kept");
            return;
        }
        Path file = on.keepForm(shape, best);
        out.println("%s: %s, %.3f ms%s"
                .formatted(
                        ShapeText.of(shape),
                        best,
                        least,
                        file == null ? "; the cache is off, nothing kept" : "; kept in " + file));
    }

    /** Both passes' kernels; infinite where the answers are wrong or the driver fails. */
    private double millis(PrintWriter out, Device on, String form, AttentionShape shape) {
        System.setProperty(Switches.FORM, form);
        try {
            List<SpeedRow> rows = new SpeedCase(on, shape, SpeedVariant.of("full", shape), Precision.SINGLE)
                    .measure(List.of(Direction.FORWARD, Direction.BACKWARD), repeat);
            double forward = rows.get(0).millis();
            double backward = rows.get(1).millis();
            out.println("%s  %-13s forward %9.3f ms  backward %9.3f ms  largest error %.1e"
                    .formatted(
                            ShapeText.of(shape),
                            form,
                            forward,
                            backward,
                            Math.max(rows.get(0).largestError(), rows.get(1).largestError())));
            return forward + backward;
        } catch (RuntimeException e) {
            out.println(ShapeText.of(shape) + "  " + form + "  " + e.getMessage());
            return Double.POSITIVE_INFINITY;
        } finally {
            System.clearProperty(Switches.FORM);
            out.flush();
        }
    }
}
