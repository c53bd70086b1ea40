package muflex.experiments.mup;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import muflex.experiments.mup.SweepRow.Milestone;

/**
 * What a sweep says of one rule: where the best rate lies at each size, and what it costs to use the smallest size's.
 *
 * @param rule name of the parameterization
 * @param axis what is varied
 * @param sizes ascending
 */
record Transfer(String rule, Axis axis, List<Size> sizes) {

    /** What a sweep varies besides the rate. */
    enum Axis {
        WIDTH("width"),
        DEPTH("depth");

        private final String label;

        Axis(String label) {
            this.label = label;
        }

        String label() {
            return label;
        }

        int of(SweepCase run) {
            return this == WIDTH ? run.width() : run.depth();
        }
    }

    /**
     * One size of model.
     *
     * @param size width or depth
     * @param optimum the best rate
     * @param means losses over the seeds by log₂ of the rate, where all seeds trained to the end
     * @param regret loss at the smallest size's best rate over the loss at this size's own, by the grid's curve
     */
    record Size(int size, Optimum optimum, NavigableMap<Double, Double> means, double regret) {}

    /** How far the best rate moves from the smallest size to the largest, as a factor of at least 1. */
    double factor() {
        return Math.pow(
                2,
                Math.abs(sizes.getLast().optimum().log2()
                        - sizes.getFirst().optimum().log2()));
    }

    /** The greatest factor between the best rates of any two sizes. */
    double spread() {
        double low =
                sizes.stream().mapToDouble(size -> size.optimum().log2()).min().orElseThrow();
        double high =
                sizes.stream().mapToDouble(size -> size.optimum().log2()).max().orElseThrow();
        return Math.pow(2, high - low);
    }

    /** Exponents of 2 that the best rate moves with each doubling of size; the slope of a line through all sizes. */
    double shiftPerDoubling() {
        return Slope.fit(
                        sizes.stream()
                                .mapToDouble(size -> Exponents.log2(size.size()))
                                .toArray(),
                        sizes.stream()
                                .mapToDouble(size -> size.optimum().log2())
                                .toArray())
                .slope();
    }

    /** Depth where several depths were trained, else width. */
    static Axis axis(List<TrainedRun> rows) {
        return rows.stream().map(row -> row.run().depth()).distinct().count() > 1 ? Axis.DEPTH : Axis.WIDTH;
    }

    /** One for each rule, by the losses at the end. */
    static List<Transfer> of(List<TrainedRun> rows) {
        return of(rows, Long.MAX_VALUE);
    }

    /**
     * One for each rule with at least two sizes.
     *
     * @param rows of a sweep
     * @param step at which milestone to take losses: the last one at or before it
     */
    static List<Transfer> of(List<TrainedRun> rows, long step) {
        Set<String> rules = new LinkedHashSet<>();
        rows.forEach(row -> rules.add(row.run().rule()));
        List<Transfer> transfers = new ArrayList<>();
        for (String rule : rules) {
            List<TrainedRun> own =
                    rows.stream().filter(row -> row.run().rule().equals(rule)).toList();
            transfers.add(ofRule(rule, axis(rows), own, step));
        }
        return transfers;
    }

    private static Transfer ofRule(String rule, Axis axis, List<TrainedRun> rows, long step) {
        Set<Integer> values = new TreeSet<>();
        rows.forEach(row -> values.add(axis.of(row.run())));
        List<Size> sizes = new ArrayList<>();
        double reference = Double.NaN;
        for (int value : values) {
            NavigableMap<Double, Map<Long, Double>> losses = new TreeMap<>();
            rows.stream().filter(row -> axis.of(row.run()) == value).forEach(row -> {
                Map<Long, Double> bySeed =
                        losses.computeIfAbsent(Exponents.log2(row.run().learningRate()), key -> new TreeMap<>());
                row.milestones().stream()
                        .filter(milestone -> milestone.step() <= step)
                        .reduce((first, second) -> second)
                        .ifPresent(milestone -> bySeed.put(row.run().seed(), milestone.loss()));
            });
            Optimum optimum = Optimum.of(losses);
            NavigableMap<Double, Double> means = Optimum.means(losses);
            reference = sizes.isEmpty() ? optimum.log2() : reference;
            sizes.add(new Size(
                    value, optimum, means, interpolated(means, reference) - interpolated(means, optimum.log2())));
        }
        return new Transfer(rule, axis, sizes);
    }

    /** The curve's value between two rates of the grid, on the line between them; infinite outside. */
    private static double interpolated(NavigableMap<Double, Double> means, double at) {
        Map.Entry<Double, Double> below = means.floorEntry(at);
        Map.Entry<Double, Double> above = means.ceilingEntry(at);
        if (below == null || above == null) {
            return Double.POSITIVE_INFINITY;
        }
        double gap = above.getKey() - below.getKey();
        double share = gap == 0 ? 0 : (at - below.getKey()) / gap;
        return below.getValue() + share * (above.getValue() - below.getValue());
    }

    /** The steps at which every finished run was validated. */
    static List<Long> milestones(List<TrainedRun> rows) {
        return rows.stream()
                .filter(row -> !row.milestones().isEmpty())
                .findFirst()
                .map(row -> row.milestones().stream().map(Milestone::step).toList())
                .orElse(List.of());
    }
}
