package muflex.experiments.mup;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import muflex.model.CounterRandom;
import org.jspecify.annotations.Nullable;

/**
 * The best learning rate of one model: the vertex of a parabola through the mean losses over log₂ of the rate, around
 * the best rate of the grid.
 *
 * @param log2 the best rate's exponent of 2
 * @param low lower end of its 95 % interval, by bootstrap over seeds
 * @param high upper end
 * @param loss at the vertex, in nats a byte
 * @param doubts what speaks against it; empty where nothing does
 * @param seeds that it rests on
 * @param resamples the best rate's exponent for each draw of the bootstrap; the n-th draw is the same wherever the seeds are
 */
record Optimum(
        double log2,
        double low,
        double high,
        double loss,
        Set<Doubt> doubts,
        List<Long> seeds,
        List<Double> resamples) {

    /** Why a best rate may not be one. */
    enum Doubt {
        /** The grid's best rate is its first or last: the true one may lie outside. */
        EDGE("at the grid's edge"),
        /** Of the points that the parabola goes through, a second one lies below its neighbours. */
        SECOND_MINIMUM("a second minimum"),
        /** The parabola opens downwards or leaves its points: the grid's best rate stands instead of a vertex. */
        NO_VERTEX("no vertex");

        private final String label;

        Doubt(String label) {
            this.label = label;
        }

        String label() {
            return label;
        }
    }

    private static final int RESAMPLES = 1000;
    /** For an interval of a move. */
    private static final int FEWEST_SEEDS = 3;
    /** Points on either side of the best one that the parabola goes through. */
    private static final int REACH = 2;

    private record Vertex(double x, double y, boolean fitted) {}

    /**
     * Fits.
     *
     * @param losses by log₂ of the rate, then by seed; a run that diverged has none
     */
    static Optimum of(NavigableMap<Double, Map<Long, Double>> losses) {
        List<Long> seeds = seeds(losses);
        NavigableMap<Double, Double> means = means(losses, seeds);
        if (means.isEmpty()) {
            throw new IllegalArgumentException("losses: expected a rate at which every seed trains, got none");
        }
        Vertex best = vertex(means);
        Set<Doubt> doubts = EnumSet.noneOf(Doubt.class);
        double bestRate = argmin(means);
        if (bestRate == losses.firstKey() || bestRate == losses.lastKey()) {
            doubts.add(Doubt.EDGE);
        } else if (!best.fitted()) {
            // At the edge there is none to be expected.
            doubts.add(Doubt.NO_VERTEX);
        }
        if (minima(near(means).stream().map(means::get).toList()) > 1) {
            doubts.add(Doubt.SECOND_MINIMUM);
        }
        double[] samples = new double[RESAMPLES];
        CounterRandom random = CounterRandom.of(1, "bootstrap");
        for (int i = 0; i < RESAMPLES; i++) {
            List<Long> drawn = new ArrayList<>();
            for (int s = 0; s < seeds.size(); s++) {
                drawn.add(seeds.get(random.below((long) i * seeds.size() + s, seeds.size())));
            }
            samples[i] = vertex(means(losses, drawn)).x();
        }
        List<Double> resamples = Arrays.stream(samples).boxed().toList();
        Interval interval = Interval.of(resamples);
        return new Optimum(best.x(), interval.low(), interval.high(), best.y(), doubts, seeds, resamples);
    }

    /** The middle 95 % of what a bootstrap drew. */
    record Interval(double low, double high) {
        static Interval of(List<Double> samples) {
            List<Double> sorted = samples.stream().sorted().toList();
            int outside = sorted.size() / 40;
            return new Interval(sorted.get(outside), sorted.get(sorted.size() - 1 - outside));
        }
    }

    /** How far this best rate is above {@code other}, by the draws of both; null where their seeds differ or are too few to tell. */
    @Nullable
    Interval above(Optimum other) {
        return seeds.size() < FEWEST_SEEDS || !seeds.equals(other.seeds)
                ? null
                : Interval.of(IntStream.range(0, resamples.size())
                        .mapToObj(i -> resamples.get(i) - other.resamples.get(i))
                        .toList());
    }

    boolean has(Doubt doubt) {
        return doubts.contains(doubt);
    }

    /** For tables: the doubts' labels. */
    String remarks() {
        return doubts.stream().map(Doubt::label).collect(Collectors.joining(", "));
    }

    private static List<Long> seeds(NavigableMap<Double, Map<Long, Double>> losses) {
        return losses.values().stream()
                .flatMap(bySeed -> bySeed.keySet().stream())
                .distinct()
                .sorted()
                .toList();
    }

    /** Means over all seeds, at the rates at which all of them trained to the end. */
    static NavigableMap<Double, Double> means(NavigableMap<Double, Map<Long, Double>> losses) {
        return means(losses, seeds(losses));
    }

    private static NavigableMap<Double, Double> means(
            NavigableMap<Double, Map<Long, Double>> losses, List<Long> seeds) {
        NavigableMap<Double, Double> means = new TreeMap<>();
        losses.forEach((rate, bySeed) -> {
            if (!seeds.isEmpty() && bySeed.keySet().containsAll(seeds)) {
                means.put(
                        rate, seeds.stream().mapToDouble(bySeed::get).average().orElseThrow());
            }
        });
        return means;
    }

    private static double argmin(NavigableMap<Double, Double> means) {
        return Collections.min(means.entrySet(), Map.Entry.comparingByValue()).getKey();
    }

    /** How many values lie below those beside them. */
    private static long minima(List<Double> values) {
        return IntStream.range(0, values.size())
                .filter(i -> (i == 0 || values.get(i) < values.get(i - 1))
                        && (i == values.size() - 1 || values.get(i) < values.get(i + 1)))
                .count();
    }

    /** The rates around the best one. */
    private static List<Double> near(NavigableMap<Double, Double> means) {
        List<Double> rates = new ArrayList<>(means.keySet());
        int at = rates.indexOf(argmin(means));
        return rates.subList(Math.max(0, at - REACH), Math.min(rates.size(), at + REACH + 1));
    }

    /** Of the parabola around the best rate; the best rate itself where it opens downwards or leaves its points. */
    private static Vertex vertex(NavigableMap<Double, Double> means) {
        double best = argmin(means);
        List<Double> near = near(means);
        double lowest = means.getOrDefault(best, Double.NaN);
        if (near.size() < 3) {
            return new Vertex(best, lowest, false);
        }
        double[] fit = parabola(
                near.stream().mapToDouble(rate -> rate - best).toArray(),
                near.stream().mapToDouble(means::get).toArray());
        double x = -fit[1] / (2 * fit[2]);
        boolean inside = fit[2] > 0 && best + x >= near.getFirst() && best + x <= near.getLast();
        return inside
                ? new Vertex(best + x, fit[0] - fit[1] * fit[1] / (4 * fit[2]), true)
                : new Vertex(best, lowest, false);
    }

    /** Least squares of {@code c₀ + c₁x + c₂x²}, by the normal equations and Cramer's rule. */
    private static double[] parabola(double[] x, double[] y) {
        double[] s = new double[5];
        double[] t = new double[3];
        for (int i = 0; i < x.length; i++) {
            double power = 1;
            for (int p = 0; p < 5; p++) {
                s[p] += power;
                if (p < 3) {
                    t[p] += power * y[i];
                }
                power *= x[i];
            }
        }
        double whole = determinant(s[0], s[1], s[2], s[1], s[2], s[3], s[2], s[3], s[4]);
        return new double[] {
            determinant(t[0], s[1], s[2], t[1], s[2], s[3], t[2], s[3], s[4]) / whole,
            determinant(s[0], t[0], s[2], s[1], t[1], s[3], s[2], t[2], s[4]) / whole,
            determinant(s[0], s[1], t[0], s[1], s[2], t[1], s[2], s[3], t[2]) / whole
        };
    }

    private static double determinant(
            double a, double b, double c, double d, double e, double f, double g, double h, double i) {
        return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
    }
}
