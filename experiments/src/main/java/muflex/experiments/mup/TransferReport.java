package muflex.experiments.mup;

import java.util.List;
import java.util.Locale;
import muflex.experiments.report.LineChart;
import muflex.experiments.report.TextTable;
import org.jspecify.annotations.Nullable;

/** A transfer sweep as text and charts. */
final class TransferReport {

    private TransferReport() {}

    /** Every size's best rate, its interval, the move from the size before it, and the regret. */
    static String table(List<Transfer> transfers) {
        TextTable table = new TextTable()
                .left("rule")
                .right(transfers.getFirst().axis().label())
                .right("best lr")
                .right("95 % interval")
                .right("shift")
                .right("loss")
                .right("regret")
                .left("");
        for (Transfer transfer : transfers) {
            Transfer.Size before = null;
            for (Transfer.Size size : transfer.sizes()) {
                Optimum optimum = size.optimum();
                table.row(
                        before == null ? transfer.rule() : "",
                        Integer.toString(size.size()),
                        power(optimum.log2()),
                        power(optimum.low()) + " … " + power(optimum.high()),
                        before == null
                                ? ""
                                : signed(optimum.log2() - before.optimum().log2()),
                        decimals(optimum.loss()),
                        decimals(size.regret()),
                        optimum.remarks());
                before = size;
            }
        }
        return table.toString();
    }

    /** A line for each rule: how far its best rate moves. */
    static String summary(List<Transfer> transfers) {
        StringBuilder lines = new StringBuilder();
        for (Transfer transfer : transfers) {
            Transfer.Size first = transfer.sizes().getFirst();
            Transfer.Size last = transfer.sizes().getLast();
            boolean edge =
                    transfer.sizes().stream().anyMatch(size -> size.optimum().has(Optimum.Doubt.EDGE));
            lines.append(String.format(
                    Locale.ROOT,
                    "%s: the best rate moves by a factor of %.1f%s from %s %d to %d (%+.2f powers of two a doubling, at"
                            + " most a factor of %.1f between two sizes); using the smallest size's %s%s%n",
                    transfer.rule(),
                    transfer.factor(),
                    interval(last.optimum().above(first.optimum())),
                    transfer.axis().label(),
                    first.size(),
                    last.size(),
                    transfer.shiftPerDoubling(),
                    transfer.spread(),
                    cost(last.regret()),
                    edge ? "; a best rate lies at the grid's edge, so this is a bound" : ""));
        }
        return lines.toString();
    }

    private static String interval(Optimum.@Nullable Interval move) {
        return move == null
                ? ""
                : String.format(
                        Locale.ROOT,
                        " (a move by 2^%+.1f … 2^%+.1f in 95 %% of a bootstrap over seeds)",
                        move.low(),
                        move.high());
    }

    /** A line for each rule at one milestone: the move, and at which sizes a best rate is in doubt. */
    static String milestone(long step, List<Transfer> transfers) {
        StringBuilder lines = new StringBuilder("after step " + step + "\n");
        for (Transfer transfer : transfers) {
            lines.append(String.format(
                    Locale.ROOT,
                    "  %s: %+.2f powers of two a doubling, a factor of %.1f between the ends%s%n",
                    transfer.rule(),
                    transfer.shiftPerDoubling(),
                    transfer.factor(),
                    doubts(transfer)));
        }
        return lines.toString();
    }

    private static String doubts(Transfer transfer) {
        StringBuilder text = new StringBuilder();
        for (Optimum.Doubt doubt : Optimum.Doubt.values()) {
            List<String> sizes = transfer.sizes().stream()
                    .filter(size -> size.optimum().has(doubt))
                    .map(size -> Integer.toString(size.size()))
                    .toList();
            if (!sizes.isEmpty()) {
                boolean all = sizes.size() == transfer.sizes().size();
                text.append("; ").append(doubt.label()).append(all ? " at every " : " at ");
                text.append(transfer.axis().label()).append(all ? "" : " " + String.join(", ", sizes));
            }
        }
        return text.toString();
    }

    private static String cost(double regret) {
        return Double.isFinite(regret)
                ? String.format(Locale.ROOT, "costs %.3f nats at the largest", regret)
                : "is outside the largest's grid";
    }

    /** Loss over the learning rate, a line a size. */
    static String chart(Transfer transfer, double ceiling) {
        LineChart chart = new LineChart(
                        transfer.rule() + ": validation loss over the learning rate",
                        "learning rate of the base model",
                        "nats a byte",
                        LineChart.Scale.LINEAR)
                .upTo(ceiling);
        for (Transfer.Size size : transfer.sizes()) {
            String name = transfer.axis().label() + " " + size.size();
            size.means().forEach((log2, loss) -> chart.add(name, Math.pow(2, log2), loss));
        }
        return chart.svg();
    }

    /** The best rate over size, a line a rule. */
    static String optima(List<Transfer> transfers) {
        String axis = transfers.getFirst().axis().label();
        LineChart chart = new LineChart(
                "best learning rate over " + axis,
                axis,
                "learning rate of the base model",
                LineChart.Scale.POWERS_OF_TWO);
        for (Transfer transfer : transfers) {
            transfer.sizes()
                    .forEach(size -> chart.add(
                            transfer.rule(),
                            size.size(),
                            Math.pow(2, size.optimum().log2())));
        }
        return chart.svg();
    }

    private static String power(double log2) {
        return String.format(Locale.ROOT, "2^%.1f", log2);
    }

    private static String signed(double value) {
        return String.format(Locale.ROOT, "%+.1f", value);
    }

    private static String decimals(double value) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, "%.3f", value) : "outside";
    }
}
