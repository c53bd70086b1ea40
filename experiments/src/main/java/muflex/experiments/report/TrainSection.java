package muflex.experiments.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The page's part about rows of {@code train}: the loss over the learning rate, and a table of all runs. */
final class TrainSection {

    private TrainSection() {}

    static void append(StringBuilder out, List<Row> rows) {
        losses(out, rows);
        ValueTable table = new ValueTable("Training runs", AxisColumns.varied(rows));
        table.number("Validation loss")
                .number("Train loss")
                .number("Steps")
                .number("Tokens/s")
                .number("Step, median");
        for (Row row : rows) {
            table.begin(row);
            Row.Training training = row.training();
            Row.Timing timing = row.timing();
            if (training == null) {
                table.failed(5);
            } else {
                loss(table, training.validationLoss(), training.diverged());
                loss(table, training.trainLoss(), false);
                table.value((double) training.steps(), Long.toString(training.steps()));
                Double rate = training.tokensPerSecond();
                table.value(rate == null ? Double.NaN : rate, rate == null ? "" : Units.significant(rate));
                table.value(
                        timing == null ? Double.NaN : timing.median(),
                        timing == null ? "" : Units.time(timing.median()));
            }
            table.end(row);
        }
        table.append(out);
    }

    private static void loss(ValueTable table, @Nullable Double loss, boolean diverged) {
        table.value(
                loss == null ? Double.NaN : loss,
                loss == null ? (diverged ? "diverged" : "") : String.format(Locale.ROOT, "%.4f", loss));
    }

    private static void losses(StringBuilder out, List<Row> rows) {
        Map<String, TreeMap<Double, List<Double>>> curves = new TreeMap<>();
        for (Row row : rows) {
            Row.Training training = row.training();
            Double loss = training == null ? null : training.validationLoss();
            if (loss != null && !row.axis("lr").isEmpty()) {
                curves.computeIfAbsent(row.axis("rule") + ", width " + row.axis("width"), name -> new TreeMap<>())
                        .computeIfAbsent(Double.valueOf(row.axis("lr")), rate -> new ArrayList<>())
                        .add(loss);
            }
        }
        if (curves.values().stream().noneMatch(curve -> curve.size() > 1)) {
            return;
        }
        Plot plot = new Plot(
                "losses", "Validation loss over the learning rate", "learning rate", "validation loss, nats a byte");
        int colour = 0;
        for (Map.Entry<String, TreeMap<Double, List<Double>>> curve : curves.entrySet()) {
            List<Plot.Point> points = new ArrayList<>();
            List<String> spoken = new ArrayList<>();
            curve.getValue().forEach((rate, losses) -> {
                double mean =
                        losses.stream().mapToDouble(loss -> loss).average().orElseThrow();
                String text = String.format(Locale.ROOT, "%.4g: %.4f", rate, mean);
                points.add(new Plot.Point(rate, mean, curve.getKey() + ", rate " + text));
                spoken.add(text);
            });
            plot.curve(colour++, points);
            plot.say(curve.getKey() + ": " + String.join(", ", spoken));
        }
        out.append("<section>\n<h2>Loss over the learning rate</h2>\n");
        Markup.legend(out, curves.keySet());
        out.append("<figure><figcaption>Validation loss, mean over seeds</figcaption>\n")
                .append(plot.svg())
                .append("</figure>\n</section>\n");
    }
}
