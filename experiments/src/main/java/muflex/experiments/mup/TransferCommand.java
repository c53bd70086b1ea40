package muflex.experiments.mup;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import muflex.engine.Device;
import muflex.engine.Devices;
import muflex.experiments.BadInput;
import muflex.experiments.Progress;
import muflex.experiments.report.Row;
import muflex.experiments.report.RowFile;
import muflex.experiments.report.Units;
import muflex.experiments.train.Interrupt;
import muflex.model.data.Corpus;
import muflex.model.parameterization.Parameterization;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code muflex transfer}. */
@Command(
        name = "transfer",
        description = {
            "Trains at every learning rate, width (or depth) and seed, and shows how far the best rate moves.",
            "Finished runs are kept in --out: the same command goes on after Ctrl-C."
        },
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        footer = {
            "",
            "Examples:",
            "  muflex transfer --rules mup,standard --widths 16,32,64,128,256 --out runs/transfer.jsonl",
            "  muflex transfer --rules mup,complete-p --widths 32 --depths 2,4,8,16,32 --out runs/depth.jsonl",
            "  muflex transfer --report runs/transfer.jsonl      # the tables again, without training"
        })
public final class TransferCommand implements Callable<Integer> {

    private static final int MOST_RATES = 1000;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private CommandSpec spec;

    @Option(
            names = "--rules",
            split = ",",
            paramLabel = "RULE",
            defaultValue = "mup,standard",
            description = "Names of rules, or files with a rule as JSON.")
    private List<String> rules = List.of();

    @Option(names = "--widths", split = ",", paramLabel = "N", defaultValue = "16,32,64,128,256")
    private List<Integer> widths = List.of();

    @Option(names = "--depths", split = ",", paramLabel = "N", defaultValue = "2")
    private List<Integer> depths = List.of();

    @Option(
            names = "--lr",
            paramLabel = "FROM:TO",
            defaultValue = "-9:-2",
            description = "Learning rates: powers of two with these exponents, ends included.")
    private String rates = "-9:-2";

    @Option(names = "--lr-step", paramLabel = "N", defaultValue = "1", description = "Exponents between two rates.")
    private double rateStep;

    @Option(names = "--seeds", paramLabel = "N", defaultValue = "3", description = "Seeds 1 to N.")
    private int seeds;

    @Option(names = "--steps", paramLabel = "N", defaultValue = "200", description = "Updates a run.")
    private int steps;

    @Option(names = "--batch", paramLabel = "N", defaultValue = "8", description = "Sequences an update.")
    private int batch;

    @Option(names = "--context", paramLabel = "N", defaultValue = "64", description = "Bytes that attention sees.")
    private int context;

    @Option(names = "--head-dim", paramLabel = "N", defaultValue = "16", description = "Width of a head.")
    private int headDim;

    @Option(
            names = "--base-width",
            paramLabel = "N",
            defaultValue = "0",
            description = "Width at which all rules are alike; 0 for the smallest.")
    private int baseWidth;

    @Option(
            names = "--base-depth",
            paramLabel = "N",
            defaultValue = "0",
            description = "Depth at which all rules are alike; 0 for the smallest.")
    private int baseDepth;

    @Mixin
    private TextOptions text = new TextOptions();

    @Option(names = "--device", paramLabel = "ID", defaultValue = "cpu", description = "As `muflex devices` lists it.")
    private String device = "cpu";

    @Option(
            names = "--parallel",
            paramLabel = "N",
            defaultValue = "0",
            description = "Runs at a time; 0 for as many as there are cores.")
    private int parallel;

    @Option(
            names = "--out",
            paramLabel = "FILE",
            defaultValue = "runs/transfer.jsonl",
            description = "Rows, one a run; runs that are in it aren't run again.")
    private Path out = Path.of("runs", "transfer.jsonl");

    @Option(
            names = "--report",
            paramLabel = "FILE",
            description = "Report on these rows (several files: give it several times), without training. Also on rows"
                    + " of train that `muflex sweep collect` wrote.")
    private List<Path> reported = List.of();

    @Override
    public Integer call() throws IOException {
        if (!reported.isEmpty()) {
            report(reported);
            return 0;
        }
        int threads = parallel > 0 ? parallel : Runtime.getRuntime().availableProcessors();
        // One thread a run: so long as all cores have a run, that is faster than sharing each step among them.
        if (threads > 1 && System.getProperty("muflex.threads") == null) {
            System.setProperty("muflex.threads", "1");
        }
        Device target = BadInput.check(() -> Devices.byId(device));
        Corpus corpus = text.corpus();
        SweepSettings settings = settings(corpus);
        Map<String, Parameterization> known = new LinkedHashMap<>();
        rules.stream().map(RuleArgument::of).forEach(rule -> known.put(rule.id(), rule.rule()));
        List<SweepCase> cases = Sweep.cases(List.copyOf(known.keySet()), widths, depths, rates(), seeds);
        known.values()
                .forEach(rule -> widths.forEach(
                        width -> depths.forEach(depth -> BadInput.check(() -> settings.model(rule, width, depth)))));
        Sweep sweep = new Sweep(
                new SweepRun(settings, corpus, target, Origin.of(target, spec)), rule -> rule(known, rule), threads);
        if (runMissing(sweep, cases, settings)) {
            report(List.of(out));
        }
        return 0;
    }

    private static Parameterization rule(Map<String, Parameterization> known, String id) {
        return Objects.requireNonNull(known.get(id), id);
    }

    /** The table of all rows, and charts beside the first file. */
    private void report(List<Path> files) throws IOException {
        List<TrainedRun> rows = new ArrayList<>();
        for (Path file : files) {
            rows.addAll(trained(file));
        }
        if (rows.isEmpty()) {
            throw BadInput.of("--report", "a file with rows of a sweep", files, "correct the path");
        }
        List<Transfer> transfers = BadInput.check(() -> Transfer.of(rows));
        PrintWriter to = spec.commandLine().getOut();
        to.print(TransferReport.table(transfers));
        to.print(TransferReport.summary(transfers));
        String name = files.getFirst().getFileName().toString().replaceFirst("\\.jsonl$", "");
        RowFile.writeWhole(files.getFirst().resolveSibling(name + ".svg"), TransferReport.optima(transfers));
        for (Transfer transfer : transfers) {
            RowFile.writeWhole(
                    files.getFirst().resolveSibling(name + "-" + transfer.rule() + ".svg"),
                    TransferReport.chart(transfer, Double.POSITIVE_INFINITY));
        }
        to.flush();
    }

    /** False if it was stopped before the end. */
    private boolean runMissing(Sweep sweep, List<SweepCase> cases, SweepSettings settings) throws IOException {
        Set<SweepCase> finished = new HashSet<>();
        for (SweepRow row : read(out)) {
            if (!row.settings().equals(settings)) {
                throw BadInput.of(
                        "--out",
                        "rows with these settings: " + settings,
                        row.settings() + " in " + out,
                        "pass the same options, or another file");
            }
            finished.add(row.run());
        }
        List<SweepCase> missing =
                cases.stream().filter(which -> !finished.contains(which)).toList();
        PrintWriter to = spec.commandLine().getOut();
        to.println(cases.size() + " runs, " + (cases.size() - missing.size()) + " of them in " + out);
        to.flush();
        if (missing.isEmpty()) {
            return true;
        }
        Progress progress = Progress.onStandardError();
        to.println("about " + Units.duration(sweep.estimate(missing)) + " for " + missing.size() + " runs, "
                + sweep.threads() + " at a time; Ctrl-C keeps what is finished");
        to.flush();
        try (Interrupt interrupt = new Interrupt();
                SweepFile file = SweepFile.append(out)) {
            sweep.run(missing, file::add, interrupt::requested, progress);
            progress.clear();
            if (interrupt.requested()) {
                to.println("stopped; the same command goes on");
                to.flush();
                return false;
            }
        }
        return true;
    }

    /** Rows of this command, or those of `train` that a sweep collected. */
    private List<TrainedRun> trained(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw BadInput.of("--report", "a file with rows of a sweep", file, "correct the path");
        }
        RowFile.Contents<Row> collected = RowFile.read(file);
        if (collected.rows().isEmpty()) {
            return read(file).stream().map(TrainedRun::of).toList();
        }
        complain(file, collected);
        return BadInput.check(() -> TrainedRun.of(collected.rows()));
    }

    private List<SweepRow> read(Path file) {
        try {
            RowFile.Contents<SweepRow> contents = SweepFile.read(file);
            complain(file, contents);
            return contents.rows();
        } catch (IOException e) {
            throw BadInput.of("rows", "a readable file", file, "correct the path");
        }
    }

    /** Says which lines were skipped. */
    private void complain(Path file, RowFile.Contents<?> contents) {
        String complaint = contents.complaint(file);
        if (complaint != null) {
            spec.commandLine().getErr().println(complaint);
            spec.commandLine().getErr().flush();
        }
    }

    private SweepSettings settings(Corpus corpus) {
        positive("--steps", steps);
        positive("--batch", batch);
        positive("--context", context);
        positive("--seeds", seeds);
        positive("--head-dim", headDim);
        notNegative("--base-width", baseWidth);
        notNegative("--base-depth", baseDepth);
        return new SweepSettings(
                steps,
                batch,
                context,
                headDim,
                baseWidth > 0
                        ? baseWidth
                        : widths.stream().min(Integer::compare).orElseThrow(),
                baseDepth > 0
                        ? baseDepth
                        : depths.stream().min(Integer::compare).orElseThrow(),
                (steps + 9) / 10,
                corpus.name(),
                corpus.fingerprint());
    }

    private List<Double> rates() {
        if (!(rateStep > 0)) {
            throw BadInput.of("--lr-step", "more than 0", rateStep, "use 1 for powers of two");
        }
        String[] ends = rates.split(":", -1);
        try {
            double from = Double.parseDouble(ends[0]);
            double to = Double.parseDouble(ends[ends.length - 1]);
            if (ends.length == 2 && from <= to) {
                double count = Math.floor((to - from) / rateStep + 1e-9) + 1;
                if (count > MOST_RATES) {
                    throw BadInput.of("--lr-step", "at most " + MOST_RATES + " rates", rateStep, "make it larger");
                }
                return IntStream.range(0, (int) count)
                        .mapToObj(i -> Math.pow(2, from + i * rateStep))
                        .collect(Collectors.toList());
            }
        } catch (NumberFormatException _) {
            // Told below.
        }
        throw BadInput.of("--lr", "two exponents of 2, the smaller first, such as -9:-2", rates, "write them so");
    }

    private static void notNegative(String option, int value) {
        if (value < 0) {
            throw BadInput.of(option, "at least 0", value, "give 0 for the smallest");
        }
    }

    private static void positive(String option, int value) {
        if (value < 1) {
            throw BadInput.of(option, "at least 1", value, "give a count");
        }
    }
}
