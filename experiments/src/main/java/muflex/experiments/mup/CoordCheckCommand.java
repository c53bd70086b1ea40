package muflex.experiments.mup;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import muflex.engine.Device;
import muflex.experiments.BadInput;
import muflex.experiments.Progress;
import muflex.experiments.report.Json;
import muflex.experiments.report.RowFile;
import muflex.model.data.Corpus;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code muflex coordcheck}. */
@Command(
        name = "coordcheck",
        description = {
            "Trains a few steps at several widths, fits how each tensor's values grow with width, and compares the",
            "exponents with those the rule declares: at the first step what follows from its initial scales, once",
            "weights have learned (from step 3 on) 0. Exit code 1 if one is off by more than 0.1."
        },
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        footer = {
            "",
            "Examples:",
            "  muflex coordcheck --rule mup",
            "  muflex coordcheck --rule seed-code --grow HEAD_DIM",
            "  muflex coordcheck --rule mine.json --widths 64,128,256,512,1024 --steps 10"
        })
public final class CoordCheckCommand implements Callable<Integer> {

    /** The studies' own: with fewer, chance alone moves slopes over the bar. */
    private static final int FIRM_WIDTHS = 4;

    private static final int FIRM_SEEDS = 3;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private CommandSpec spec;

    @Mixin
    private TextOptions text = new TextOptions();

    @Mixin
    private WidthOptions across = new WidthOptions();

    @Option(names = "--head-dim", paramLabel = "N", defaultValue = "16", description = "At the base width.")
    private int headDim;

    @Option(names = "--depth", paramLabel = "N", defaultValue = "2", description = "Layers.")
    private int depth;

    @Option(names = "--context", paramLabel = "N", defaultValue = "32", description = "Bytes that attention sees.")
    private int context;

    @Option(names = "--batch", paramLabel = "N", defaultValue = "16", description = "Sequences an update.")
    private int batch;

    @Option(
            names = "--steps",
            paramLabel = "N",
            defaultValue = "10",
            description = "Updates, at least 3; measured are the first, and those after 1 %%, 10 %% and all.")
    private int steps;

    @Option(names = "--seeds", paramLabel = "N", defaultValue = "3", description = "Seeds 1 to N.")
    private int seeds;

    @Option(names = "--tied", description = "The embedding is the readout.")
    private boolean tied;

    @Option(
            names = "--out",
            paramLabel = "FOLDER",
            defaultValue = "runs/coordcheck",
            description = "Where rows (JSON Lines) and the chart (SVG) go, named after the rule.")
    private Path out = Path.of("runs", "coordcheck");

    @Override
    public Integer call() throws IOException {
        RuleArgument rule = across.parameterization();
        positive("--head-dim", headDim);
        positive("--depth", depth);
        positive("--context", context);
        positive("--batch", batch);
        positive("--seeds", seeds);
        CoordinateSettings settings = across.check(
                rule,
                () -> new CoordinateSettings(
                        across.widths(),
                        across.baseWidth(),
                        across.growth(),
                        headDim,
                        depth,
                        context,
                        batch,
                        steps,
                        across.learningRate(),
                        seeds,
                        tied));
        Device target = across.device();
        CoordinateCheck check = new CoordinateCheck(rule, settings, Origin.of(target, spec));
        Corpus corpus = text.corpus();
        List<CoordinateCheck.Finding> findings = BadInput.converging(() -> {
            check.run(corpus, target, Progress.onStandardError());
            return check.findings();
        });
        PrintWriter to = spec.commandLine().getOut();
        to.print(CoordinateReport.table(findings));
        String name = rule.id() + "-" + WidthOptions.label(across.growth()) + (tied ? "-tied" : "");
        RowFile.writeWhole(
                out.resolve(name + ".jsonl"),
                check.rows().stream().map(row -> Json.write(row) + "\n").collect(Collectors.joining()));
        RowFile.writeWhole(out.resolve(name + ".svg"), CoordinateReport.chart(rule.id(), check.rows()));
        to.println(CoordinateReport.summary(rule.id(), findings) + "; rows and chart: " + out);
        if (settings.widths().size() < FIRM_WIDTHS || seeds < FIRM_SEEDS) {
            to.println("note: with fewer than " + FIRM_WIDTHS + " widths or " + FIRM_SEEDS
                    + " seeds a slope may be uncertain by more than the bar; see the column ±");
        }
        to.flush();
        boolean failed = findings.stream().anyMatch(one -> one.verdict() == CoordinateCheck.Verdict.FAIL);
        return failed ? 1 : 0;
    }

    private static void positive(String option, int value) {
        if (value < 1) {
            throw BadInput.of(option, "at least 1", value, "give a count");
        }
    }
}
