package muflex.experiments.report;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The roofline of Williams, Waterman and Patterson (2009): what a device can do at most, by how many operations it is
 * given for each byte, and how near to it each measured case came. Bytes are those that must be moved at least, so a
 * case whose inputs stay in a cache can come out above the slope.
 */
final class Roofline {

    private Roofline() {}

    /** A case under its device's roof. */
    private record Spot(Row row, double intensity, double gflops, Row.Ceilings ceilings) {

        static Stream<Spot> of(Row row) {
            Row.Ceilings ceilings = row.ceilings();
            Row.Work work = row.work();
            Row.Rates rates = row.rates();
            return ceilings == null || work == null || rates == null
                    ? Stream.empty()
                    : Stream.of(new Spot(row, work.flops() / work.bytes(), rates.gflops(), ceilings));
        }

        double share() {
            return gflops / Math.min(ceilings.gflops(), ceilings.gigabytes() * intensity);
        }

        String name() {
            return row.axis("variant") + " " + row.axis("direction") + " at " + row.axis("shape");
        }
    }

    /** How near the row came to what its device could do at most at its case; null if that is not known. */
    static @Nullable Double share(Row row) {
        return Spot.of(row).map(Spot::share).findFirst().orElse(null);
    }

    /** Empty if no device told its ceilings. */
    static Plot plot(List<Row> rows, List<String> devices) {
        Plot plot = new Plot("roofline", "Roofline: GFLOP/s over operations a byte", "FLOP per byte", "GFLOP/s");
        List<Spot> spots = rows.stream().flatMap(Spot::of).toList();
        for (String device : devices) {
            List<Spot> some = spots.stream()
                    .filter(spot -> spot.row().axis("device").equals(device))
                    .toList();
            if (!some.isEmpty()) {
                add(plot, devices.indexOf(device), device, some, spots);
            }
        }
        return plot;
    }

    private static void add(Plot plot, int colour, String device, List<Spot> spots, List<Spot> all) {
        Row.Ceilings ceilings = spots.getFirst().ceilings();
        double ridge = ceilings.gflops() / ceilings.gigabytes();
        double least = all.stream().mapToDouble(Spot::intensity).min().orElse(ridge);
        double greatest = all.stream().mapToDouble(Spot::intensity).max().orElse(ridge);
        double from = Math.min(least, ridge) / 2;
        plot.line(
                colour,
                List.of(
                        new Plot.Point(from, from * ceilings.gigabytes(), ""),
                        new Plot.Point(ridge, ceilings.gflops(), ""),
                        new Plot.Point(Math.max(greatest, ridge) * 2, ceilings.gflops(), "")));
        List<Plot.Point> points = new ArrayList<>();
        List<String> spoken = new ArrayList<>();
        for (Spot spot : spots) {
            String share = Units.percent(spot.share());
            String text = device + ", " + spot.name() + ": " + Units.significant(spot.gflops()) + " GFLOP/s, " + share
                    + " of the roof";
            points.add(new Plot.Point(spot.intensity(), spot.gflops(), text));
            spoken.add(spot.name() + " " + share);
        }
        plot.dots(colour, points);
        plot.say(device + ", at most " + Units.significant(ceilings.gflops()) + " GFLOP/s and "
                + Units.significant(ceilings.gigabytes()) + " GB/s: " + String.join(", ", spoken));
    }
}
