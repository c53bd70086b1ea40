package muflex.experiments.peers.table;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import muflex.attention.AttentionShape;
import muflex.attention.MaskMod;
import muflex.engine.Devices;
import muflex.experiments.Progress;
import muflex.experiments.compare.Comparison;
import muflex.experiments.compare.Plan;
import muflex.experiments.compare.ShapeText;
import muflex.experiments.compare.Stopwatch;
import muflex.experiments.compare.Variant;
import muflex.experiments.compare.Variants;
import muflex.experiments.cost.Case;
import muflex.experiments.cost.CaseTimer;
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

    private static final Map<String, Consumer<CpuTable>> PARTS = parts();

    private static final List<AttentionShape> SHAPES =
            shapes("1x8x512x64", "1x8x1024x64", "1x8x2048x64", "1x16x1024x128", "4x8x1024x64");
    private static final List<AttentionShape> SHORT =
            shapes("1x8x8x64", "1x8x16x64", "1x8x32x64", "1x8x64x64", "1x8x128x64");

    private final Environment environment = Environment.current();
    private final Git git = Git.here();
    private final Progress progress = Progress.onStandardError();
    private final CaseTimer timer = new CaseTimer(STOPWATCH, environment, git, "scripts/cpu-table");
    private final RowFile file;
    private final List<Row> rows = new ArrayList<>();

    private CpuTable(Path target) throws IOException {
        file = new RowFile(target);
    }

    private static Map<String, Consumer<CpuTable>> parts() {
        Map<String, Consumer<CpuTable>> parts = new LinkedHashMap<>();
        parts.put("attention", table -> table.compare(SHAPES, variants("noop", "causal")));
        parts.put("masked", table -> {
            table.compare(shapes("1x8x4096x64"), List.of(masked("window of 256", AttentionCases.WINDOW)));
            table.compare(shapes("1x8x8192x64"), List.of(masked("12 documents", AttentionCases.packed(8192))));
        });
        parts.put("short", table -> table.compare(SHORT, variants("noop", "causal")));
        parts.put("head", table -> table.compare(shapes("1x1x8192x64"), variants("noop", "causal")));
        parts.put("blocks", table -> table.measure(AttentionCases.blocks()));
        parts.put("mods", table -> table.measure(AttentionCases.mods()));
        parts.put("odd", table -> table.measure(AttentionCases.odd()));
        parts.put("decode", table -> {
            table.compare(shapes("1x8x1:8192x128", "1x64:8x1:8192x128"), variants("noop"));
            table.measure(AttentionCases.decode());
        });
        parts.put("masks", table -> table.measure(AttentionCases.masks()));
        parts.put("memory", table -> table.measure(MemoryCases.all()));
        parts.put("products", table -> table.measure(MatMulCases.all()));
        parts.put("training", table -> table.measure(TrainingCase.all(corpus())));
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
        Set<String> wanted = Set.copyOf(List.of(arguments).subList(1, arguments.length));
        if (!PARTS.keySet().containsAll(wanted)) {
            System.err.println("cpu-table: PART: expected some of " + String.join(", ", PARTS.keySet()) + ", got "
                    + String.join(", ", wanted) + "; correct it, or leave it out for all");
            System.exit(2);
        }
        CpuTable table = open(Path.of(arguments[0]));
        try (RowFile file = table.file) {
            try {
                table.run(wanted);
            } catch (RuntimeException | Error e) {
                file.leave();
                throw e;
            }
        }
        System.out.print(SpeedTables.of(table.rows));
    }

    private static CpuTable open(Path target) {
        try {
            return new CpuTable(target);
        } catch (IOException e) {
            System.err.println("cpu-table: OUT: expected a file that can be written, got " + target + " (" + e
                    + "); name one elsewhere");
            System.exit(2);
            throw new IllegalStateException(e);
        }
    }

    private void run(Set<String> wanted) {
        PARTS.forEach((name, part) -> {
            if (wanted.isEmpty() || wanted.contains(name)) {
                part.accept(this);
            }
        });
    }

    private void measure(Stream<Case> cases) {
        cases.forEach(this::measure);
    }

    private static List<AttentionShape> shapes(String... texts) {
        return Stream.of(texts).map(ShapeText::parse).toList();
    }

    private static List<Variant> variants(String... names) {
        return Stream.of(names).map(name -> Variants.byName(Variants.ALL, name)).toList();
    }

    private static Variant masked(String name, MaskMod mask) {
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
        List<Row> made = timer.rows(measured);
        progress.step(measured.kind() + ": " + measured.name());
        add(made);
    }
}
