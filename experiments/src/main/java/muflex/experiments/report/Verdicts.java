package muflex.experiments.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Whether times changed between two runs. Each pair of rows is put to the U test; over all pairs the chance of one false
 * "changed" is kept at 1 % (Holm 1979), samples taken as independent. They are not quite: a busy machine, or the JIT compiler,
 * may slow a whole run, and the test then says rightly that the runs differ, though the code doesn't. Ratios within a run
 * ({@link #relative}) or several runs tell the two apart. A change below 2 % is none, however sure it is.
 */
public final class Verdicts {

    private static final double CHANCE = 0.01;
    private static final double WORTH = 0.02;

    private Verdicts() {}

    /** What became of a case. */
    public enum Change {
        FASTER,
        SLOWER,
        /** No change that these samples could show. */
        NONE,
        /** One of the two runs has no time. */
        UNKNOWN
    }

    /**
     * @param key what the two rows are of
     * @param ratio the later median over the earlier; NaN if unknown
     * @param p of the U test; NaN if unknown
     */
    public record Verdict(
            String key, @Nullable Row before, @Nullable Row after, double ratio, double p, Change change) {}

    /** One verdict for each case of either run, in order. */
    public static List<Verdict> of(List<Row> before, List<Row> after) {
        return of(before, after, false);
    }

    /** The same for times as shares of the time of {@link Row.Rates#against} in the same run: what a machine's speed leaves alone. */
    public static List<Verdict> relative(List<Row> before, List<Row> after) {
        return of(before, after, true);
    }

    private static List<Verdict> of(List<Row> before, List<Row> after, boolean relative) {
        Map<String, Row> earlier = byKey(before);
        Map<String, Row> later = byKey(after);
        Map<String, Row> all = new LinkedHashMap<>(earlier);
        later.forEach(all::putIfAbsent);
        List<Verdict> raw = new ArrayList<>();
        for (String key : all.keySet()) {
            raw.add(compare(key, earlier.get(key), later.get(key), relative));
        }
        return judged(raw);
    }

    /** What a row is of, whatever run it is from. */
    static String key(Row row) {
        return row.experiment() + " " + String.join(" ", row.axes().values());
    }

    private static Map<String, Row> byKey(List<Row> rows) {
        Map<String, Row> found = new LinkedHashMap<>();
        rows.forEach(row -> found.put(key(row), row));
        return found;
    }

    private static Verdict compare(String key, @Nullable Row before, @Nullable Row after, boolean relative) {
        double[] a = samples(before, relative);
        double[] b = samples(after, relative);
        if (a.length == 0 || b.length == 0) {
            return new Verdict(key, before, after, Double.NaN, Double.NaN, Change.UNKNOWN);
        }
        return new Verdict(key, before, after, Samples.median(b) / Samples.median(a), MannWhitney.p(a, b), Change.NONE);
    }

    private static double[] samples(@Nullable Row row, boolean relative) {
        Row.Timing timing = row == null ? null : row.timing();
        Row.Rates rates = row == null ? null : row.rates();
        Double speedup = rates == null ? null : rates.speedup();
        if (timing == null || relative && speedup == null) {
            return new double[0];
        }
        // The peer's median is this median times the speed-up.
        double unit = relative && speedup != null ? timing.median() * speedup : 1;
        return timing.samples().stream().mapToDouble(nanos -> nanos / unit).toArray();
    }

    private static List<Verdict> judged(List<Verdict> raw) {
        List<Verdict> tested = raw.stream()
                .filter(verdict -> verdict.change() == Change.NONE)
                .sorted(Comparator.comparingDouble(Verdict::p))
                .toList();
        List<Verdict> changed = new ArrayList<>();
        for (int i = 0; i < tested.size() && tested.get(i).p() <= CHANCE / (tested.size() - i); i++) {
            changed.add(tested.get(i));
        }
        return raw.stream()
                .map(one -> changed.contains(one) && Math.abs(one.ratio() - 1) > WORTH ? changed(one) : one)
                .toList();
    }

    private static Verdict changed(Verdict one) {
        Change change = one.ratio() < 1 ? Change.FASTER : Change.SLOWER;
        return new Verdict(one.key(), one.before(), one.after(), one.ratio(), one.p(), change);
    }
}
