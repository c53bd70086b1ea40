package muflex.experiments.peers.table;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import muflex.attention.AttentionShape;
import muflex.attention.MaskMods;
import muflex.engine.Devices;
import muflex.experiments.Progress;
import muflex.experiments.compare.Comparison;
import muflex.experiments.compare.Plan;
import muflex.experiments.compare.ShapeText;
import muflex.experiments.compare.Stopwatch;
import muflex.experiments.compare.Variant;
import muflex.experiments.compare.Variants;
import muflex.experiments.report.Environment;
import muflex.experiments.report.Git;
import muflex.experiments.report.Row;
import muflex.experiments.report.RowFile;
import muflex.experiments.report.SpeedTables;
import muflex.model.data.Corpus;

/**
 * Measures all of the table, writes its rows, and prints it. Arguments: the file of rows, then parts by name (default: all).
 */
public final class CpuTable {

    private static final int SAMPLES = 15;
    private static final Stopwatch STOPWATCH = new Stopwatch(SAMPLES, 300, 1, 20);

    private static final Map<String, Supplier<Stream<Case>>> PARTS = parts();

    private static final List<AttentionShape> SHAPES =
            shapes("1x8x512x64", "1x8x1024x64", "1x8x2048x64", "1x16x1024x128", "4x8x1024x64");
    private static final List<AttentionShape> SHORT =
            shapes("1x8x8x64", "1x8x16x64", "1x8x32x64", "1x8x64x64", "1x8x128x64");

    private final Environment environment = Environment.current();
    private final Git git = Git.here();
    private final Progress progress = Progress.onStandardError();
    private final RowFile file;
    private final List<Row> rows = new ArrayList<>();

    private CpuTable(Path target) throws IOException {
        file = new RowFile(target);
    }

    private static Map<String, Supplier<Stream<Case>>> parts() {
        Map<String, Supplier<Stream<Case>>> parts = new LinkedHashMap<>();
        parts.put("blocks", AttentionCases::blocks);
        parts.put("mods", AttentionCases::mods);
        parts.put("odd", AttentionCases::odd);
        parts.put("decode", AttentionCases::decode);
        parts.put("masks", AttentionCases::masks);
        parts.put("products", MatMulCases::all);
        parts.put("training", () -> TrainingCase.all(corpus()));
        return parts;
    }

    private static Corpus corpus() {
        try {
            return Corpus.jdkSources(1 << 20);
        } catch (IOException e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    /** Runs it. */
    public static void main(String[] arguments) throws IOException {
        List<String> wanted = List.of(arguments).subList(1, arguments.length);
        CpuTable table = new CpuTable(Path.of(arguments[0]));
        try (RowFile _ = table.file) {
            table.run(wanted);
        }
        System.out.print(SpeedTables.of(table.rows));
    }

    private void run(List<String> wanted) {
        if (isWanted(wanted, "attention")) {
            compare(SHAPES, variants("noop", "causal"));
        }
        if (isWanted(wanted, "masked")) {
            compare(shapes("1x8x4096x64"), List.of(masked("window of 256", 4096)));
            compare(shapes("1x8x8192x64"), List.of(masked("12 documents", 8192)));
        }
        if (isWanted(wanted, "short")) {
            compare(SHORT, variants("noop", "causal"));
        }
        if (isWanted(wanted, "head")) {
            compare(shapes("1x1x8192x64"), variants("noop", "causal"));
        }
        if (isWanted(wanted, "decode")) {
            compare(shapes("1x8x1:8192x128", "1x64:8x1:8192x128"), variants("noop"));
        }
        PARTS.forEach((name, cases) -> {
            if (isWanted(wanted, name)) {
                cases.get().forEach(this::measure);
            }
        });
    }

    private static boolean isWanted(List<String> wanted, String part) {
        return wanted.isEmpty() || wanted.contains(part);
    }

    private static List<AttentionShape> shapes(String... texts) {
        return Stream.of(texts).map(ShapeText::parse).toList();
    }

    private static List<Variant> variants(String... names) {
        return Stream.of(names).map(name -> Variants.byName(Variants.ALL, name)).toList();
    }

    private static Variant masked(String name, int length) {
        var mask = name.startsWith("window")
                ? MaskMods.slidingWindow(256)
                : MaskMods.document(AttentionCases.documents(length)).and(MaskMods.causal());
        return new Variant(name, "libtorch's is the dense mask", "", (shape, seed) -> Variants.masked(shape, mask));
    }

    /** Attention beside libtorch, as {@code scripts/peers} has it. */
    private void compare(List<AttentionShape> shapes, List<Variant> variants) {
        Plan plan = new Plan(
                variants,
                shapes,
                List.of(Devices.byId("cpu"), Devices.byId("libtorch")),
                SAMPLES,
                300,
                0.5,
                5,
                false,
                "libtorch",
                null,
                1,
                1,
                null);
        new Comparison(plan, environment, git, progress::show, progress::step).run(this::add);
    }

    private void add(List<Row> more) {
        more.forEach(file::add);
        rows.addAll(more);
    }

    private void measure(Case measured) {
        String started = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        List<Stopwatch.Timed> times =
                STOPWATCH.time(measured.entries().stream().map(Entry::turn).toList());
        Entry first = measured.entries().getFirst();
        double against = first.work() / times.getFirst().samples().median();
        List<Row> made = new ArrayList<>();
        for (int i = 0; i < times.size(); i++) {
            Entry entry = measured.entries().get(i);
            Row.Timing timing =
                    Row.Timing.of(times.get(i).samples(), times.get(i).warmups(), 0, 0);
            double rate = entry.work() / timing.median();
            Row.Rates rates = new Row.Rates(
                    entry.unit().equals(Entry.FLOP) ? rate : 0,
                    entry.unit().equals(Entry.BYTE) ? rate : 0,
                    null,
                    rate / against,
                    i == 0 ? null : first.name().equals(entry.name()) ? first.device() : first.name());
            made.add(row(measured, entry, started, timing, rates));
        }
        measured.close().run();
        progress.step(measured.kind() + ": " + measured.name());
        add(made);
    }

    private Row row(Case measured, Entry entry, String started, Row.Timing timing, Row.Rates rates) {
        Map<String, String> axes = new LinkedHashMap<>();
        axes.put("kind", measured.kind());
        axes.put("case", measured.name());
        axes.put("name", entry.name());
        axes.put("device", entry.device());
        axes.put("dtype", "float32");
        Double error = entry.error();
        List<Row.Accuracy> accuracy = error == null ? List.of() : List.of(new Row.Accuracy("out", null, error, 0, 0));
        return new Row(
                Row.SCHEMA,
                "speed",
                started,
                Row.Status.OK,
                null,
                null,
                axes,
                entry.device(),
                null,
                accuracy,
                timing,
                null,
                null,
                rates,
                null,
                null,
                environment,
                git,
                1,
                "scripts/cpu-table",
                null);
    }
}
