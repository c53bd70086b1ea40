package muflex.experiments.mup;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import muflex.engine.Device;
import muflex.experiments.Progress;
import muflex.model.AttentionVariant;
import muflex.model.ModelSpec;
import muflex.model.data.Corpus;
import muflex.model.parameterization.Parameterization;
import muflex.model.training.ProbedTraining;

/**
 * A coordinate check (Yang et al. 2022, arXiv:2203.03466, appendix D.1): trains a few steps at several widths, fits
 * the exponent of width for every quantity and compares it with what the rule declares.
 */
final class CoordinateCheck {

    /** A slope may be off by this much. */
    static final double TOLERANCE = 0.1;

    private static final int FIRST = 1;

    private final RuleArgument rule;
    private final CoordinateSettings settings;
    private final Origin origin;
    private final String started = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    private final List<CoordinateRow> rows = new ArrayList<>();

    /** How a slope stands to what is declared. */
    enum Verdict {
        PASS,
        FAIL,
        /** Nothing is declared for it. */
        NONE
    }

    /**
     * One fitted slope; NaN for a declared quantity that vanished.
     *
     * @param declared the exponent that the rule declares, if it does
     */
    record Finding(int step, Quantity quantity, Slope slope, Optional<Double> declared) {

        /** Whether it is zero or not finite at some width and seed, so that no exponent is its own. */
        boolean vanished() {
            return Double.isNaN(slope.slope());
        }

        Verdict verdict() {
            return declared.map(
                            exponent -> Math.abs(slope.slope() - exponent) <= TOLERANCE ? Verdict.PASS : Verdict.FAIL)
                    .orElse(Verdict.NONE);
        }
    }

    CoordinateCheck(RuleArgument rule, CoordinateSettings settings, Origin origin) {
        this.rule = rule;
        this.settings = settings;
        this.origin = origin;
    }

    /** Trains all models, the narrowest first. */
    void run(Corpus corpus, Device device, Progress progress) {
        double whole = settings.widths().stream()
                        .mapToDouble(width -> (double) width * width)
                        .sum()
                * settings.seeds();
        double done = 0;
        for (int width : settings.widths()) {
            for (long seed = 1; seed <= settings.seeds(); seed++) {
                progress.show(done / whole, rule.id() + " width " + width + " seed " + seed);
                measure(width, seed, corpus, device);
                done += (double) width * width;
            }
        }
        progress.clear();
    }

    private void measure(int width, long seed, Corpus corpus, Device device) {
        ModelSpec spec = settings.model(rule.rule(), width);
        try (ProbedTraining training =
                new ProbedTraining(spec, AttentionVariant.CAUSAL, settings.training(seed), corpus, device)) {
            Measurements measurements = new Measurements(training, settings.eps(), spec.attentionScale());
            for (int step = 1; step <= settings.steps(); step++) {
                Map<String, float[]> before = settings.measuredSteps().contains(step) ? copy(training) : Map.of();
                training.step();
                if (!before.isEmpty()) {
                    Map<String, Double> values = new LinkedHashMap<>();
                    measurements
                            .of(training, before)
                            .forEach((quantity, value) -> values.put(quantity.toString(), value));
                    rows.add(row(width, seed, step, corpus, values));
                }
            }
        }
    }

    private CoordinateRow row(int width, long seed, int step, Corpus corpus, Map<String, Double> values) {
        return new CoordinateRow(
                CoordinateRow.SCHEMA,
                "coordcheck",
                started,
                rule.id(),
                settings,
                corpus.name() + " (" + corpus.fingerprint() + ")",
                width,
                seed,
                step,
                values,
                null,
                origin);
    }

    private static Map<String, float[]> copy(ProbedTraining training) {
        return training.parameters().entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, entry -> entry.getValue().clone()));
    }

    /** The slopes of all quantities at all measured steps. */
    List<Finding> findings() {
        return findings(rule.rule(), rows);
    }

    /** The slopes in rows of one rule. */
    static List<Finding> findings(Parameterization rule, List<CoordinateRow> rows) {
        Prediction prediction = new Prediction(
                rule,
                rows.getFirst().settings().growth(),
                rows.getFirst().settings().tied());
        List<Finding> findings = new ArrayList<>();
        for (int step :
                rows.stream().map(CoordinateRow::step).distinct().sorted().toList()) {
            points(rows, step).forEach((quantity, pairs) -> {
                Optional<Double> declared =
                        step == FIRST ? prediction.atStart(quantity) : Prediction.afterUpdates(quantity, step);
                List<double[]> found = pairs.stream()
                        .filter(pair -> pair[1] > 0 && Double.isFinite(pair[1]))
                        .toList();
                if (declared.isPresent() && found.size() < pairs.size()) {
                    findings.add(new Finding(step, quantity, Slope.unknown(found.size()), declared));
                } else if (!found.isEmpty()) {
                    findings.add(new Finding(step, quantity, fit(found), declared));
                }
            });
        }
        return findings;
    }

    private static Slope fit(List<double[]> pairs) {
        return Slope.fit(
                pairs.stream().mapToDouble(pair -> Math.log(pair[0])).toArray(),
                pairs.stream().mapToDouble(pair -> Math.log(pair[1])).toArray());
    }

    /** Width and value of each model. */
    private static Map<Quantity, List<double[]>> points(List<CoordinateRow> rows, int step) {
        Map<Quantity, List<double[]>> points = new TreeMap<>();
        for (CoordinateRow row : rows) {
            if (row.step() == step) {
                row.values()
                        .forEach((quantity, value) -> points.computeIfAbsent(
                                        Quantity.parse(quantity), key -> new ArrayList<>())
                                .add(new double[] {row.width(), value}));
            }
        }
        return points;
    }

    /** One row for each model and step. */
    List<CoordinateRow> rows() {
        return List.copyOf(rows);
    }
}
