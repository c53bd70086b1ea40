package muflex.experiments.mup;

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
import muflex.model.parameterization.Parameterization;
import muflex.model.parameterization.Role;
import muflex.model.parameterization.TensorSettings;
import muflex.model.training.AdamW;
import muflex.model.training.ProbedTraining;

/**
 * Where Adam's ε is no longer small: the share of a tensor's entries whose √v̂ is below 10·ε, so that ε slows or
 * freezes them. A rule whose gradients shrink with width while its ε doesn't shows here at once (Everett et al. 2024,
 * arXiv:2407.05872, section 4.3).
 *
 * @param shares by role, then by width, at each audited step
 */
record EpsAudit(Map<Integer, Map<Role, Map<Integer, Double>>> shares) {

    private static final double MARGIN = 10;
    private static final String SQUARES = "adam.v/";
    /** A share from which a tensor counts as slowed. */
    private static final double NOTABLE = 0.1;

    /** Trains at every width with the first seed; looks after 1 %, 10 % and all of the steps. */
    static EpsAudit run(Parameterization rule, CoordinateSettings settings, Corpus corpus, Device device) {
        Map<Integer, Map<Role, Map<Integer, Double>>> shares = new TreeMap<>();
        List<Integer> audited = SweepSettings.MILESTONES.stream()
                .map(share -> (int) Math.max(1, Math.round(share * settings.steps())))
                .toList();
        for (int width : settings.widths()) {
            ModelSpec spec = settings.model(rule, width);
            try (ProbedTraining training =
                    new ProbedTraining(spec, AttentionVariant.CAUSAL, settings.training(1), corpus, device)) {
                for (int step = 1; step <= settings.steps(); step++) {
                    training.step();
                    if (audited.contains(step)) {
                        Map<Role, Map<Integer, Double>> own = shares.computeIfAbsent(step, key -> new TreeMap<>());
                        audit(training, spec, settings, step)
                                .forEach((role, share) -> own.computeIfAbsent(role, key -> new TreeMap<>())
                                        .put(width, share));
                    }
                }
            }
        }
        return new EpsAudit(shares);
    }

    private static Map<Role, Double> audit(
            ProbedTraining training, ModelSpec spec, CoordinateSettings settings, int step) {
        double beta = ((AdamW) settings.training(1).optimizer()).beta2();
        Map<Role, List<Double>> all = new LinkedHashMap<>();
        for (TensorSettings tensor : spec.settings(OptimizerKind.ADAM)) {
            float[] squares = training.optimizerState()
                    .getOrDefault(SQUARES + tensor.tensor().name(), new float[0]);
            double limit = MARGIN * settings.eps() * tensor.epsFactor();
            double least = limit * limit * (1 - Math.pow(beta, step));
            int below = 0;
            for (float square : squares) {
                below += square < least ? 1 : 0;
            }
            all.computeIfAbsent(tensor.tensor().role(), key -> new ArrayList<>())
                    .add((double) below / squares.length);
        }
        return all.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey,
                        entry -> entry.getValue().stream()
                                .mapToDouble(Double::doubleValue)
                                .average()
                                .orElse(0)));
    }

    /** A row for each step and role, a column for each width. */
    String table(List<Integer> widths) {
        TextTable table = new TextTable().right("step").left("tensor");
        widths.forEach(width -> table.right("width " + width));
        shares.forEach((step, roles) -> roles.forEach((role, byWidth) -> {
            List<String> cells = new ArrayList<>(List.of(Integer.toString(step), role.label()));
            widths.forEach(width ->
                    cells.add(String.format(Locale.ROOT, "%.1f %%", 100 * byWidth.getOrDefault(width, Double.NaN))));
            table.row(cells.toArray(String[]::new));
        }));
        return table.toString();
    }

    /**
     * Hidden weights, readout and gains that ε slows in the widest model at the end. Embeddings don't count: rows of
     * bytes that haven't come up have no gradient under any rule.
     */
    List<Role> slowed() {
        int step = shares.keySet().stream().max(Integer::compare).orElseThrow();
        return shares.getOrDefault(step, Map.of()).entrySet().stream()
                .filter(entry -> entry.getKey().kind() != Role.Kind.INPUT)
                .filter(entry -> atWidest(entry.getValue()) > NOTABLE)
                .map(Map.Entry::getKey)
                .toList();
    }

    private static double atWidest(Map<Integer, Double> byWidth) {
        return byWidth.entrySet().stream()
                .max(Map.Entry.comparingByKey())
                .map(Map.Entry::getValue)
                .orElseThrow();
    }
}
