package muflex.experiments.mup;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import muflex.engine.Device;
import muflex.experiments.report.TextTable;
import muflex.model.AttentionVariant;
import muflex.model.ModelSpec;
import muflex.model.data.Corpus;
import muflex.model.parameterization.OptimizerKind;
import muflex.model.parameterization.Role;
import muflex.model.parameterization.TensorSettings;
import muflex.model.training.AdamW;
import muflex.model.training.ProbedTraining;

/**
 * Where Adam's ε is no longer small: the share of a tensor's entries whose √v̂ is below 10·ε, so that ε slows or
 * freezes them. A rule whose gradients shrink with width while its ε doesn't shows here at once (Everett et al. 2024,
 * arXiv:2407.05872, section 4.3). Rows of an embedding whose byte has not come up don't count: they have no gradient
 * under any rule.
 *
 * @param shares by role, then by width, at each audited step
 */
record EpsAudit(Map<Integer, Map<Role, Map<Integer, Double>>> shares) {

    private static final double MARGIN = 10;
    private static final long SEED = 1;
    private static final String SQUARES = "adam.v/";
    /** A share from which a tensor counts as slowed. */
    private static final double NOTABLE = 0.1;

    /** Trains at every width with the first seed; looks after 1 %, 10 % and all of the steps. */
    static List<EpsRow> run(
            RuleArgument rule, CoordinateSettings settings, Corpus corpus, Device device, Origin origin) {
        String started = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        List<EpsRow> rows = new ArrayList<>();
        List<Integer> audited = SweepSettings.milestones(settings.steps());
        for (int width : settings.widths()) {
            ModelSpec spec = settings.model(rule.rule(), width);
            try (ProbedTraining training =
                    new ProbedTraining(spec, AttentionVariant.CAUSAL, settings.training(SEED), corpus, device)) {
                for (int step = 1; step <= settings.steps(); step++) {
                    training.step();
                    if (audited.contains(step)) {
                        rows.add(new EpsRow(
                                EpsRow.SCHEMA,
                                "epsaudit",
                                started,
                                rule.id(),
                                settings,
                                corpus.name() + " (" + corpus.fingerprint() + ")",
                                width,
                                SEED,
                                step,
                                audit(training, spec, settings, step),
                                origin));
                    }
                }
            }
        }
        return rows;
    }

    /** What rows of one rule say. */
    static EpsAudit of(List<EpsRow> rows) {
        Map<Integer, Map<Role, Map<Integer, Double>>> shares = new TreeMap<>();
        for (EpsRow row : rows) {
            Map<Role, Map<Integer, Double>> own = shares.computeIfAbsent(row.step(), key -> new TreeMap<>());
            row.shares()
                    .forEach((role, share) ->
                            own.computeIfAbsent(role, key -> new TreeMap<>()).put(row.width(), share));
        }
        return new EpsAudit(shares);
    }

    private static Map<Role, Double> audit(
            ProbedTraining training, ModelSpec spec, CoordinateSettings settings, int step) {
        double beta = ((AdamW) settings.training(SEED).optimizer()).beta2();
        Map<Role, List<Double>> all = new LinkedHashMap<>();
        for (TensorSettings tensor : spec.settings(OptimizerKind.ADAM)) {
            float[] squares = training.optimizerState()
                    .getOrDefault(SQUARES + tensor.tensor().name(), new float[0]);
            double limit = MARGIN * settings.eps() * tensor.epsFactor();
            double least = limit * limit * (1 - Math.pow(beta, step));
            int row = tensor.tensor().role().kind() == Role.Kind.INPUT
                    ? tensor.tensor().sizes().getLast()
                    : squares.length;
            all.computeIfAbsent(tensor.tensor().role(), key -> new ArrayList<>())
                    .add(shareBelow(least, squares, row));
        }
        return all.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey,
                        entry -> entry.getValue().stream()
                                .mapToDouble(Double::doubleValue)
                                .average()
                                .orElse(0)));
    }

    /** Of the entries in rows that aren't all 0. */
    static double shareBelow(double least, float[] squares, int row) {
        int below = 0;
        int counted = 0;
        for (int begin = 0; begin < squares.length; begin += row) {
            int belowHere = 0;
            boolean seen = false;
            for (int i = begin; i < begin + row; i++) {
                // A square that is no number helps no entry.
                belowHere += squares[i] >= least ? 0 : 1;
                seen |= squares[i] != 0;
            }
            // A tensor that is one row counts, whatever it holds: gradients may be too small for their squares.
            if (seen || row == squares.length) {
                below += belowHere;
                counted += row;
            }
        }
        return counted == 0 ? 0 : (double) below / counted;
    }

    /** A row for each step and role, a column for each width. */
    String table() {
        return table(shares);
    }

    /** The same of the last step alone. */
    String lastTable() {
        int step = last();
        return table(Map.of(step, shares.getOrDefault(step, Map.of())));
    }

    private static String table(Map<Integer, Map<Role, Map<Integer, Double>>> steps) {
        List<Integer> widths = steps.values().stream()
                .flatMap(roles -> roles.values().stream())
                .flatMap(byWidth -> byWidth.keySet().stream())
                .distinct()
                .sorted()
                .toList();
        TextTable table = new TextTable().right("step").left("tensor");
        widths.forEach(width -> table.right("width " + width));
        steps.forEach((step, roles) -> roles.forEach((role, byWidth) -> {
            List<String> cells = new ArrayList<>(List.of(Integer.toString(step), role.label()));
            widths.forEach(width ->
                    cells.add(String.format(Locale.ROOT, "%.1f %%", 100 * byWidth.getOrDefault(width, Double.NaN))));
            table.row(cells.toArray(String[]::new));
        }));
        return table.toString();
    }

    private int last() {
        return shares.keySet().stream().max(Integer::compare).orElseThrow();
    }

    /** The tensors that ε slows in the widest model at the end. */
    List<Role> slowed() {
        return atTheEnd().entrySet().stream()
                .filter(entry -> entry.getValue() > NOTABLE)
                .map(Map.Entry::getKey)
                .toList();
    }

    /** One line: which tensors ε slows, or how little. */
    String verdict(String rule) {
        List<Role> slowed = slowed();
        if (!slowed.isEmpty()) {
            return rule + ": FAIL, eps slows "
                    + slowed.stream().map(Role::label).collect(Collectors.joining(", "))
                    + "; let eps follow the gradients, or train with adam-atan2";
        }
        Map.Entry<Role, Double> worst =
                atTheEnd().entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow();
        return String.format(
                Locale.ROOT,
                "%s: pass, eps slows at most %.1f %% of a tensor at the largest width (%s; %.0f %% are allowed)",
                rule,
                100 * worst.getValue(),
                worst.getKey().label(),
                100 * NOTABLE);
    }

    private Map<Role, Double> atTheEnd() {
        Map<Role, Double> widest = new TreeMap<>();
        shares.getOrDefault(last(), Map.of())
                .forEach((role, byWidth) -> widest.put(
                        role,
                        byWidth.entrySet().stream()
                                .max(Map.Entry.comparingByKey())
                                .map(Map.Entry::getValue)
                                .orElseThrow()));
        return widest;
    }
}
