package muflex.experiments;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import muflex.attention.AttentionShape;
import muflex.engine.Device;
import muflex.engine.Devices;
import muflex.experiments.compare.BlockSize;
import muflex.experiments.compare.Comparison;
import muflex.experiments.compare.Plan;
import muflex.experiments.compare.RatioTable;
import muflex.experiments.compare.Results;
import muflex.experiments.compare.ShapeText;
import muflex.experiments.compare.TextReport;
import muflex.experiments.compare.Variant;
import muflex.experiments.report.Environment;
import muflex.experiments.report.Git;
import muflex.experiments.report.Json;
import muflex.experiments.report.Row;
import muflex.experiments.report.Units;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code muflex compare}. */
@Command(
        name = "compare",
        description = {
            "Compares attention variants over the devices here: each answer is checked against float64, then timed.",
            "Prints a table; writes every row as JSON Lines, and one HTML page with charts."
        },
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        footer = {
            "",
            "Examples:",
            "  muflex compare --quick",
            "  muflex compare --variants causal,window --devices cpu --shapes 1x8x1024x64,1x8x4096x64",
            "  muflex compare --mods MyMods.java --variants causal,mine"
        })
final class CompareCommand implements Callable<Integer>, CaseCommand {

    private static final String REFERENCE = "reference";
    private static final int MOST_SAMPLES = 10_000;
    private static final int MOST_WARMUPS = 300;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private CommandSpec spec;

    @Mixin
    KernelOptions kernels = new KernelOptions();

    @Option(
            names = {"--devices", "--device"},
            split = ",",
            paramLabel = "ID",
            description =
                    "Devices, as `muflex devices` lists them (default: all but the float64 reference; with --quick the one"
                            + " that `auto` takes).")
    private @Nullable List<String> devices;

    @Mixin
    VariantOptions variants = new VariantOptions();

    @Option(
            names = "--shapes",
            split = ",",
            paramLabel = "BxHxLxD",
            description = "Batch, heads, length and head dim (default: 1x4x512x64). 1x8:2x512:1024x64:32 has 2 key"
                    + " heads, 1024 keys and values of 32.")
    private @Nullable List<String> shapes;

    @Option(
            names = "--dtype",
            paramLabel = "TYPE",
            defaultValue = "float32",
            description = "Type of inputs and outputs; float32 is the only one so far.")
    private String dtype = "float32";

    @Option(
            names = "--block",
            paramLabel = "QxKV",
            description = "Queries and keys of a mask's block (default: 128x128).")
    private @Nullable String block;

    @Option(names = "--repeat", paramLabel = "N", description = "Samples of each device and direction (default: 15).")
    private @Nullable Integer repeat;

    @Option(names = "--no-naive", description = "Don't time the plain loop.")
    private boolean withoutNaive;

    @Option(
            names = "--against",
            paramLabel = "ID",
            defaultValue = "naive",
            description = "The device that speed-ups are over.")
    private String against = "naive";

    @Option(
            names = "--check-heads",
            paramLabel = "N",
            defaultValue = "0",
            description = "Check this many key heads of the first batch against float64, and their queries' heads; 0"
                    + " for all. For shapes that float64 takes minutes for.")
    private int checkHeads;

    @Option(names = "--quick", description = "One device, a small shape, few samples: about 20 seconds.")
    private boolean quick;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "Seed of inputs and captured arrays.")
    private long seed;

    @Option(names = "--out", paramLabel = "FOLDER", defaultValue = "runs", description = "Where results go.")
    private Path out = Path.of("runs");

    @Option(names = "--json", description = "Print rows as JSON Lines instead of the table.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        Plan plan = plan();
        long start = System.nanoTime();
        Progress progress = Progress.onStandardError();
        Results results = open(out, Main.stamped("compare"));
        try (results) {
            new Comparison(plan, Environment.current(), Git.here(), progress::show, progress::step).run(results);
        }
        progress.clear();
        return report(results, (System.nanoTime() - start) / 1e9);
    }

    @Override
    public void check() {
        samples();
        chosenShapes();
        chosenVariants();
    }

    @Override
    public List<Row> measure(Path folder, BooleanSupplier stop) {
        List<Row> rows = new ArrayList<>();
        new Comparison(plan(), Environment.current(), Git.here(), (share, what) -> {}, what -> {}).run(rows::addAll);
        return rows;
    }

    private Plan plan() {
        int samples = samples();
        List<Device> compared = chosenDevices();
        return new Plan(
                chosenVariants(),
                chosenShapes(),
                compared,
                samples,
                MOST_WARMUPS,
                quick ? 0.2 : 0.3,
                quick ? 0.1 : 0.3,
                !withoutNaive,
                against(compared),
                block,
                checkHeads,
                seed,
                variants.mods() == null ? null : variants.mods().toString());
    }

    /** Samples a device and direction; what else is a matter of numbers is checked too. */
    private int samples() {
        int samples = repeat != null ? repeat : quick ? 5 : 15;
        if (samples < 1 || samples > MOST_SAMPLES) {
            throw BadInput.of("--repeat", "1 to " + MOST_SAMPLES, samples, "give a number of samples in that range");
        }
        if (checkHeads < 0) {
            throw BadInput.of("--check-heads", "at least 0", checkHeads, "give a number of key heads, or 0 for all");
        }
        if (!dtype.equals("float32")) {
            throw BadInput.of("--dtype", "float32", dtype, "other types are for storage only so far");
        }
        String size = block;
        if (size != null) {
            BadInput.check(() -> BlockSize.parse(size));
        }
        return samples;
    }

    private List<Variant> chosenVariants() {
        return variants.chosen(spec.commandLine().getErr());
    }

    private List<AttentionShape> chosenShapes() {
        List<String> texts = shapes != null ? shapes : List.of(quick ? "1x4x256x64" : "1x4x512x64");
        return texts.stream()
                .distinct()
                .map(text -> BadInput.check(() -> ShapeText.parse(text)))
                .toList();
    }

    private List<Device> chosenDevices() {
        if (devices != null) {
            return devices.stream()
                    .map(id -> BadInput.check(() -> Devices.byId(id)))
                    .distinct()
                    .toList();
        }
        if (quick) {
            return List.of(Devices.auto());
        }
        return Devices.all().stream()
                .filter(device -> !device.id().equals(REFERENCE))
                .toList();
    }

    private String against(List<Device> compared) {
        List<String> known = new ArrayList<>(compared.stream().map(Device::id).toList());
        if (!withoutNaive) {
            known.add("naive");
        }
        if (!known.contains(against) && !(withoutNaive && against.equals("naive"))) {
            throw BadInput.of("--against", "one of " + String.join(", ", known), against, "name one that is timed");
        }
        return against;
    }

    private static Results open(Path folder, String name) {
        try {
            return new Results(folder, name);
        } catch (IOException e) {
            throw BadInput.of("--out", "a folder that can be written", folder, "choose another (" + e + ")");
        }
    }

    private int report(Results results, double seconds) {
        PrintWriter to = spec.commandLine().getOut();
        List<Row> rows = results.rows();
        long right = rows.stream().filter(row -> row.status() == Row.Status.OK).count();
        if (json) {
            rows.forEach(row -> to.println(Json.write(row)));
        } else {
            to.println(TextReport.of(rows));
            if (!Row.against(rows).equals("naive")) {
                to.println(RatioTable.of(rows));
            }
            to.println(right + " of " + rows.size() + " answers within their error budget against float64; "
                    + Units.duration(seconds));
            to.println("rows: " + results.json());
            to.println("page: " + results.html());
        }
        to.flush();
        return right == rows.size() ? 0 : 1;
    }
}
