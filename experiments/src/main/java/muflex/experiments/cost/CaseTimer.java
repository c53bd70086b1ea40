package muflex.experiments.cost;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import muflex.experiments.compare.Stopwatch;
import muflex.experiments.report.Environment;
import muflex.experiments.report.Git;
import muflex.experiments.report.Row;
import org.jspecify.annotations.Nullable;

/**
 * Times cases and makes rows of them.
 *
 * @param command measures them again
 */
public record CaseTimer(Stopwatch stopwatch, Environment environment, Git git, String command) {

    private static final int CALLS = 3;

    /** A row for each of the case's entries; the case is over then. */
    public List<Row> rows(Case measured) {
        String started = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        List<Stopwatch.Timed> times =
                stopwatch.time(measured.entries().stream().map(Entry::turn).toList());
        Entry first = measured.entries().getFirst();
        double against = first.work() / times.getFirst().samples().median();
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < times.size(); i++) {
            Entry entry = measured.entries().get(i);
            Row.Timing timing =
                    Row.Timing.of(times.get(i).samples(), times.get(i).warmups(), 0, 0);
            double rate = entry.work() / timing.median();
            Row.Rates rates = new Row.Rates(
                    entry.unit().equals(Entry.FLOP) ? rate : 0,
                    entry.unit().equals(Entry.BYTE) ? rate : 0,
                    null,
                    rate / against,
                    i == 0 ? null : first.name().equals(entry.name()) ? first.device() : first.name());
            rows.add(row(measured, entry, started, timing, rates));
        }
        measured.close().run();
        return rows;
    }

    /** What it holds, and the least that one of its calls allocates on all threads, now that all is compiled. */
    private static Row.@Nullable Memory memory(Entry entry) {
        Long held = entry.held();
        if (held == null) {
            return null;
        }
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int i = 0; i < CALLS; i++) {
            long start = threads.getTotalThreadAllocatedBytes();
            entry.turn().run();
            least = Math.min(least, threads.getTotalThreadAllocatedBytes() - start);
        }
        return new Row.Memory(held, least);
    }

    private Row row(Case measured, Entry entry, String started, Row.Timing timing, Row.Rates rates) {
        Map<String, String> axes = new LinkedHashMap<>();
        axes.put("kind", measured.kind());
        axes.put("case", measured.name());
        axes.put("name", entry.name());
        axes.put("device", entry.device());
        axes.put("dtype", "float32");
        if (entry.unit().equals(Entry.TOKEN)) {
            axes.put("tokens", String.valueOf(Math.round(entry.work())));
        }
        @Nullable Double error = entry.error();
        List<Row.Accuracy> accuracy = error == null ? List.of() : List.of(new Row.Accuracy("out", null, error, 0, 0));
        return new Row(
                Row.SCHEMA,
                "speed",
                started,
                Row.Status.OK,
                null,
                null,
                axes,
                entry.device(),
                null,
                accuracy,
                timing,
                null,
                null,
                rates,
                null,
                null,
                memory(entry),
                environment,
                git,
                1,
                command,
                null);
    }
}
