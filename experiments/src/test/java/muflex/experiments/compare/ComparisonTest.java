package muflex.experiments.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import muflex.attention.AttentionShape;
import muflex.engine.Device;
import muflex.experiments.report.Environment;
import muflex.experiments.report.Git;
import muflex.experiments.report.Json;
import muflex.experiments.report.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComparisonTest {

    private static final int REPEAT = 4;

    private final List<String> steps = new ArrayList<>();

    private int checkHeads;

    @TempDir
    private Path folder;

    @Test
    void rightAnswersAreTimedAndComparedWithThePlainLoop() {
        FakeDevice device = new FakeDevice("right", 0);

        List<Row> rows = run("causal", device);

        assertThat(rows).hasSize(4).allSatisfy(row -> {
            assertThat(row.status()).isEqualTo(Row.Status.OK);
            assertThat(row.timing().samples()).hasSize(REPEAT);
            assertThat(row.rates().speedup()).isPositive();
        });
        Row forward = find(rows, "right", "forward");
        Row naive = find(rows, "naive", "forward");
        assertThat(forward.rates().gflops())
                .isEqualTo(forward.work().flops() / forward.timing().median());
        assertThat(forward.rates().speedup())
                .isEqualTo(naive.timing().median() / forward.timing().median());
        assertThat(forward.command())
                .isEqualTo(
                        "scripts/muflex compare --variants causal --devices right --shapes 1x2x40x8 --repeat 4 --seed 5");
        assertThat(device.closed()).isEqualTo(1);
    }

    /** Of the timed calls alone, whatever was called before. */
    @Test
    void whatADeviceTellsOfItselfIsInItsRows() {
        List<Row> rows = run("causal", new FakeDevice("right", 0));

        Row forward = find(rows, "right", "forward");
        assertThat(forward.driver()).isEqualTo("fake driver 1.0");
        assertThat(forward.phases()).isEqualTo(new Row.Phases(1000, 2000, 500));
        assertThat(forward.rates().joules()).isEqualTo(0.5);
        assertThat(forward.ceilings()).isEqualTo(new Row.Ceilings(100, 10));
        // q, k, v and out of 1x2x40x8 and lse of 1x2x40, four bytes each.
        assertThat(forward.work().bytes()).isEqualTo(4 * (4 * 640 + 80));
        assertThat(forward.rates().gigabytes())
                .isEqualTo(forward.work().bytes() / forward.timing().median());
        Row naive = find(rows, "naive", "forward");
        assertThat(naive.phases()).isNull();
        assertThat(naive.ceilings()).isNull();
        assertThat(naive.rates().joules()).isNull();
    }

    @Test
    void aWrongAnswerIsReportedAndNeverTimed() {
        FakeDevice device = new FakeDevice("wrong", 1);

        List<Row> rows = run("causal", device);

        Row forward = find(rows, "wrong", "forward");
        assertThat(forward.status()).isEqualTo(Row.Status.INACCURATE);
        assertThat(forward.message()).startsWith("out: expected a mean error of at most ");
        assertThat(forward.timing()).isNull();
        assertThat(forward.rates()).isNull();
        assertThat(find(rows, "naive", "forward").timing()).isNotNull();
        assertThat(device.calls()).as("one forward, one backward, and no more").isEqualTo(2);
    }

    @Test
    void aDeviceThatThrowsIsReportedAndTheRestGoesOn() {
        List<Row> rows = run("noop", new FakeDevice("broken", Float.NaN), new FakeDevice("right", 0));

        assertThat(find(rows, "broken", "backward").status()).isEqualTo(Row.Status.ERROR);
        assertThat(find(rows, "broken", "backward").message()).isEqualTo("out of\n memory");
        assertThat(find(rows, "broken", "backward").stackTrace())
                .startsWith("java.lang.IllegalStateException: out of")
                .contains("FakeDevice$1.backward(FakeDevice.java:");
        assertThat(find(rows, "right", "backward").status()).isEqualTo(Row.Status.OK);
    }

    @Test
    void aVariantThatDoesNotFitTheShapeGivesRowsThatSayWhy() {
        Variant misfit = new Variant("misfit", "", "", (shape, seed) -> {
            throw new IllegalArgumentException("table: expected 7 elements, got 6; pass an array of that length");
        });

        List<Row> rows = comparison(List.of(misfit), new FakeDevice("right", 0))
                .runCase(misfit, AttentionShape.of(1, 2, 40, 8), 0);

        assertThat(rows).hasSize(2).allSatisfy(row -> {
            assertThat(row.status()).isEqualTo(Row.Status.ERROR);
            assertThat(row.message()).startsWith("table: expected 7");
        });
        assertThat(steps)
                .containsExactly(
                        "[1/1] misfit at 1x2x40x8: table: expected 7 elements, got 6; pass an array of that length");
    }

    @Test
    void rowsAndPageEndUpInTheFolder() throws IOException {
        List<Variant> variants =
                Stream.of("noop", "causal", "gqa").map(ComparisonTest::variant).toList();
        Results results = new Results(folder, "compare-test");
        try (results) {
            comparison(variants, new FakeDevice("right", 0)).run(results);
        }

        List<String> lines = Files.readAllLines(results.json());
        assertThat(lines.stream().map(Json::readRow)).hasSize(12).isEqualTo(results.rows());
        assertThat(Files.readString(results.html())).contains("kv &lt;= q");
        assertThat(steps.stream().map(step -> step.substring(0, step.indexOf(':'))))
                .containsExactly(
                        "[1/3] noop at 1x4x40x8, forward",
                        "[2/3] causal at 1x4x40x8, forward",
                        "[3/3] gqa at 1x4x40x8, forward");
        assertThat(steps.getFirst()).matches(".*: naive [0-9.]+ [nµm]?s, right [0-9.]+ [nµm]?s");
        assertThat(find(results.rows(), "gqa", "right", "forward").axis("kvHeads"))
                .isEqualTo("1");
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).as("no temporary file is left").hasSize(2);
        }
    }

    @Test
    void aPartIsCheckedWhereTheWholeIsTooLarge() {
        checkHeads = 1;

        List<Row> rows = run("causal", new FakeDevice("right", 0), new FakeDevice("wrong", 1));

        assertThat(find(rows, "right", "forward").status()).isEqualTo(Row.Status.OK);
        assertThat(find(rows, "right", "backward").status()).isEqualTo(Row.Status.OK);
        assertThat(find(rows, "wrong", "forward").status()).isEqualTo(Row.Status.INACCURATE);
        assertThat(find(rows, "right", "forward").command()).endsWith(" --check-heads 1");
    }

    private List<Row> run(String variant, Device... devices) {
        return comparison(List.of(variant(variant)), devices)
                .runCase(variant(variant), AttentionShape.of(1, 2, 40, 8), 0);
    }

    private Comparison comparison(List<Variant> variants, Device... devices) {
        AttentionShape shape = AttentionShape.of(1, 4, 40, 8);
        Plan plan = new Plan(
                variants,
                List.of(shape),
                Arrays.asList(devices),
                REPEAT,
                2,
                1,
                1,
                true,
                "naive",
                null,
                checkHeads,
                5,
                null);
        return new Comparison(plan, Environment.current(), new Git(null, false), (share, what) -> {}, steps::add);
    }

    private static Variant variant(String name) {
        return Variants.byName(Variants.ALL, name);
    }

    private static Row find(List<Row> rows, String device, String direction) {
        return find(rows, rows.getFirst().axis("variant"), device, direction);
    }

    private static Row find(List<Row> rows, String variant, String device, String direction) {
        return rows.stream()
                .filter(row -> row.axis("variant").equals(variant)
                        && row.axis("device").equals(device)
                        && row.axis("direction").equals(direction))
                .findFirst()
                .orElseThrow();
    }
}
