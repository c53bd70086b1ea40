package muflex.experiments.cost;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import muflex.attention.AttentionShape;
import muflex.engine.Device;
import muflex.engine.Devices;
import muflex.experiments.BadInput;
import muflex.experiments.Progress;
import muflex.experiments.compare.Stopwatch;
import muflex.experiments.report.Environment;
import muflex.experiments.report.Git;
import muflex.experiments.report.Row;
import muflex.experiments.report.RowFile;
import muflex.experiments.report.SpeedTables;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code muflex costs}. */
@Command(
        name = "costs",
        description = {
            "What each thing that attention can do costs, beside the plain kernel: time, and Java heap.",
            "Answers are checked first; then all of a case take turns. Medians; ± is half the distance between the quartiles.",
            "held: what is alive on the Java heap, results among it, keys and values only of caches; a call: what one allocates.",
            "Exact with MUFLEX_JAVA_OPTS=-XX:+UseSerialGC; G1 rounds large arrays up to its regions.",
            "Masks and score mods: `muflex show --device ID`."
        },
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        footer = {
            "",
            "Examples:",
            "  muflex costs                      # all, in some minutes",
            "  muflex costs options decode"
        })
public final class CostsCommand implements Callable<Integer> {

    private static final Map<String, BiFunction<CostsCommand, Device, Stream<Case>>> PARTS = parts();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private CommandSpec spec;

    @Parameters(
            arity = "0..*",
            paramLabel = "PART",
            completionCandidates = Parts.class,
            description = "Of ${COMPLETION-CANDIDATES} (default: all).")
    private List<String> wanted = List.of();

    @Option(names = "--device", paramLabel = "ID", defaultValue = "cpu", description = "As `muflex devices` lists it.")
    private String device = "cpu";

    @Option(names = "--heads", paramLabel = "N", defaultValue = "8", description = "Query heads, and key heads.")
    private int heads;

    @Option(
            names = "--length",
            paramLabel = "N",
            defaultValue = "1024",
            description = "Queries, and keys; a cache has 4 times as many.")
    private int length;

    @Option(names = "--repeat", paramLabel = "N", defaultValue = "15", description = "Samples of each.")
    private int repeat;

    @Option(
            names = "--warmup",
            paramLabel = "SECONDS",
            defaultValue = "0.7",
            description = "Calls before the first sample, of each.")
    private double warmup;

    @Option(names = "--out", paramLabel = "FILE", defaultValue = "runs/costs.jsonl", description = "The rows.")
    private Path file = Path.of("runs/costs.jsonl");

    /** For the help. */
    static final class Parts implements Iterable<String> {
        @Override
        public java.util.Iterator<String> iterator() {
            return PARTS.keySet().iterator();
        }
    }

    private static Map<String, BiFunction<CostsCommand, Device, Stream<Case>>> parts() {
        Map<String, BiFunction<CostsCommand, Device, Stream<Case>>> parts = new LinkedHashMap<>();
        parts.put("options", (costs, on) -> new OptionCosts(costs.shape(), on).cases());
        parts.put("masks", (costs, on) -> new MaskCosts(costs.shape(), on).cases());
        parts.put("packed", (costs, on) -> new PackedCosts(costs.heads, costs.length, on).cases());
        parts.put("decode", (costs, on) -> new DecodeCosts(costs.heads, costs.length, on).cases());
        parts.put("prefill", (costs, on) -> new PrefillCosts(costs.heads, costs.length, on).cases());
        parts.put("generate", (costs, on) -> new GenerateCosts(costs.length, on).cases());
        return parts;
    }

    private AttentionShape shape() {
        return AttentionShape.of(1, heads, length, PagedCase.DIM);
    }

    @Override
    public Integer call() throws IOException {
        for (String part : wanted) {
            if (!PARTS.containsKey(part)) {
                throw BadInput.of("PART", "some of " + String.join(", ", PARTS.keySet()), part, "leave it out for all");
            }
        }
        range("--heads", 1, 256, heads);
        range("--length", 256, 1 << 15, length);
        range("--repeat", 1, 1000, repeat);
        if (!(warmup >= 0 && warmup <= 60)) {
            throw BadInput.of("--warmup", "0 to 60 seconds", warmup, "give a number in that range");
        }
        Device on = BadInput.check(() -> Devices.byId(device));
        String names = wanted.isEmpty() ? "" : " " + String.join(" ", wanted);
        CaseTimer timer = new CaseTimer(
                new Stopwatch(repeat, 300, warmup, 5),
                Environment.current(),
                Git.here(),
                "scripts/muflex costs" + names + " --device " + on.id() + " --heads " + heads + " --length " + length
                        + " --repeat " + repeat + " --warmup " + warmup);
        Progress progress = Progress.onStandardError();
        List<Row> rows = new ArrayList<>();
        int[] done = {0};
        try (RowFile to = open()) {
            try {
                PARTS.forEach((name, part) -> {
                    if (wanted.isEmpty() || wanted.contains(name)) {
                        progress.show((double) done[0]++ / PARTS.size(), name);
                        part.apply(this, on).forEach(measured -> {
                            List<Row> made = timer.rows(measured);
                            made.forEach(to::add);
                            rows.addAll(made);
                            progress.step(measured.kind() + ": " + measured.name());
                        });
                    }
                });
            } catch (RuntimeException | Error e) {
                to.leave();
                throw e;
            }
        }
        progress.clear();
        PrintWriter out = spec.commandLine().getOut();
        out.print(SpeedTables.of(rows));
        out.println("rows: " + file);
        out.flush();
        return 0;
    }

    private RowFile open() {
        try {
            return new RowFile(file);
        } catch (IOException e) {
            throw BadInput.of("--out", "a file that can be written", file + " (" + e + ")", "name one elsewhere");
        }
    }

    private static void range(String option, int least, int most, int value) {
        if (value < least || value > most) {
            throw BadInput.of(option, least + " to " + most, value, "give a number in that range");
        }
    }
}
