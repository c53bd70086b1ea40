package muflex.experiments.report;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Rows with fixed numbers. */
public final class Rows {

    private static final Environment ENVIRONMENT = new Environment(
            "Some CPU <2 GHz>",
            2,
            8L << 30,
            "Linux 6.1 amd64",
            "Some Vendor 25.0.3+9",
            List.of("-Xmx2g"),
            2L << 30,
            512,
            "some-host",
            null);
    private static final Git GIT = new Git("0123456789abcdef0123456789abcdef01234567", true);

    private Rows() {}

    /** Two variants, two devices, both directions; one answer is wrong and one did not come. */
    public static List<Row> four() {
        return List.of(
                ok("causal", "naive", "forward", 1_000_000, 1.0),
                ok("causal", "cpu", "forward", 10_000, 100.0),
                ok("causal", "naive", "backward", 3_000_000, 1.0),
                wrong("causal", "cpu", "backward"),
                ok("noop", "naive", "forward", 2_000_000, 1.0),
                ok("noop", "cpu", "forward", 25_000, null),
                ok("noop", "naive", "backward", 6_000_000, 1.0),
                broken("noop", "cpu", "backward"));
    }

    public static Row ok(String variant, String device, String direction, long nanos, @Nullable Double speedup) {
        Row.Accuracy out = new Row.Accuracy("out", 1.5e-8, 2.5e-7, 4e-8, 5.4e-7);
        Row.Accuracy lse = new Row.Accuracy("lse", 1e-8, 1e-7, 1e-8, 2.1e-7);
        Samples samples = new Samples(nanos, nanos + nanos / 10, nanos - nanos / 10);
        Row.Timing timing = Row.Timing.of(samples, 20, 5_000_000, nanos * 3);
        double gflops = work().flops() / timing.median();
        return row(
                Row.Status.OK,
                null,
                axes(variant, device, direction),
                List.of(out, lse),
                timing,
                new Row.Rates(
                        gflops, work().bytes() / timing.median(), null, speedup, speedup == null ? null : "naive"));
    }

    /** Times around {@code nanos}, 3 % apart from one another. */
    public static Row timed(String variant, long nanos, double speedup) {
        long[] samples = new long[15];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = nanos + nanos * (i - 7) / 250 + i;
        }
        Row ok = ok(variant, "cpu", "forward", nanos, speedup);
        return new Row(
                ok.schema(),
                ok.experiment(),
                ok.started(),
                ok.status(),
                null,
                null,
                ok.axes(),
                "",
                null,
                List.of(),
                Row.Timing.of(new Samples(samples), 1, 1, 1),
                null,
                ok.work(),
                new Row.Rates(1, 1, null, speedup, "naive"),
                null,
                null,
                null,
                ok.environment(),
                ok.git(),
                1,
                "",
                null);
    }

    public static Row wrong(String variant, String device, String direction) {
        return row(
                Row.Status.INACCURATE,
                "dq: expected a mean error of at most 5.4e-07 (plain float32: 4.0e-08), got 1.0e-03; not timed",
                axes(variant, device, direction),
                List.of(
                        new Row.Accuracy("dq", 1e-3, 2e-2, 4e-8, 5.4e-7),
                        new Row.Accuracy("dk", null, null, 4e-8, 5.4e-7)),
                null,
                null);
    }

    private static Row broken(String variant, String device, String direction) {
        return row(Row.Status.ERROR, "no \"space\" <left>", axes(variant, device, direction), List.of(), null, null);
    }

    private static Map<String, String> axes(String variant, String device, String direction) {
        Map<String, String> axes = new LinkedHashMap<>();
        axes.put("variant", variant);
        axes.put("shape", "1x2x256x64");
        axes.put("kvHeads", "2");
        axes.put("dtype", "float32");
        axes.put("device", device);
        axes.put("direction", direction);
        return axes;
    }

    private static Row.Work work() {
        return new Row.Work(131_072, 65_792, 16_842_752, 526_336, "128x128", 1, 2, 25);
    }

    private static Row row(
            Row.Status status,
            @Nullable String message,
            Map<String, String> axes,
            List<Row.Accuracy> accuracy,
            Row.@Nullable Timing timing,
            Row.@Nullable Rates rates) {
        return new Row(
                Row.SCHEMA,
                "compare",
                "2026-01-02T03:04:05Z",
                status,
                message,
                status == Row.Status.ERROR
                        ? "java.lang.IllegalStateException: no space\n\tat Some.method(Some.java:7)\n"
                        : null,
                axes,
                "the device " + axes.get("device"),
                axes.containsValue("naive") ? null : "Some driver 1.2",
                accuracy,
                timing,
                timing == null || axes.containsValue("naive") ? null : new Row.Phases(1500, 8500, 750),
                work(),
                rates,
                axes.containsValue("naive") ? null : new Row.Ceilings(3000, 40),
                null,
                null,
                ENVIRONMENT,
                GIT,
                7,
                "scripts/muflex compare --variants " + axes.get("variant"),
                null);
    }
}
