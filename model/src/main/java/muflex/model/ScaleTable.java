package muflex.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import muflex.model.parameterization.OptimizerKind;
import muflex.model.parameterization.TensorSettings;

/**
 * What a rule gives to each tensor of a model, as text that can be compared between rules and used elsewhere.
 *
 * @param spec the model and its rule
 * @param optimizer whose learning rates to show
 */
public record ScaleTable(ModelSpec spec, OptimizerKind optimizer) {

    private static final List<String> HEADER =
            List.of("tensor", "role", "shape", "multiplier", "std", "lr factor", "decay factor", "eps factor");

    /** One row for each tensor, with the factors that a trainer multiplies its base rates by. */
    public List<List<String>> rows() {
        return spec.settings(optimizer).stream().map(ScaleTable::row).toList();
    }

    /** The rows as an aligned table under a header, and the factors that belong to no tensor. */
    @Override
    public String toString() {
        List<List<String>> lines = new ArrayList<>();
        lines.add(HEADER);
        lines.addAll(rows());
        int[] widths = new int[HEADER.size()];
        for (List<String> line : lines) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], line.get(i).length());
            }
        }
        String table = lines.stream().map(line -> aligned(line, widths)).collect(Collectors.joining("\n"));
        return table
                + "\nattention scale " + number(spec.attentionScale())
                + ", residual multiplier " + number(spec.residualMultiplier()) + "\n";
    }

    private static List<String> row(TensorSettings settings) {
        return List.of(
                settings.tensor().name(),
                settings.tensor().role().label(),
                settings.tensor().sizes().stream().map(String::valueOf).collect(Collectors.joining("x")),
                number(settings.multiplier()),
                number(settings.std()),
                number(settings.learningRateFactor()),
                number(settings.weightDecayFactor()),
                number(settings.epsFactor()));
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.6g", value);
    }

    private static String aligned(List<String> line, int[] widths) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            String cell = line.get(i);
            // Names to the left, numbers to the right.
            String padding = " ".repeat(widths[i] - cell.length());
            text.append(i < 3 ? cell + padding : padding + cell).append(i < widths.length - 1 ? "  " : "");
        }
        return text.toString();
    }
}
