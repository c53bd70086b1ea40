package muflex.experiments.mup;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import muflex.engine.Device;
import muflex.experiments.BadInput;
import muflex.experiments.report.Json;
import muflex.experiments.report.RowFile;
import muflex.model.data.Corpus;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code muflex epsaudit}. */
@Command(
        name = "epsaudit",
        description = {
            "Shows which share of each tensor's entries Adam's eps slows (sqrt(v) below 10 eps), over width, after 1"
                    + " %%,",
            "10 %% and all of the steps. Exit code 1 if it is over 10 %% of a tensor at the largest width. Rows of the",
            "embedding whose byte has not come up don't count."
        },
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        footer = {"", "Examples:", "  muflex epsaudit --rule mup", "  muflex epsaudit --rule seed-code"})
public final class EpsAuditCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private CommandSpec spec;

    @Mixin
    private TextOptions text = new TextOptions();

    @Mixin
    private WidthOptions across = new WidthOptions();

    @Option(names = "--steps", paramLabel = "N", defaultValue = "20", description = "Updates, at least 3.")
    private int steps;

    @Option(
            names = "--out",
            paramLabel = "FOLDER",
            defaultValue = "runs/epsaudit",
            description = "Where rows (JSON Lines) go, named after the rule.")
    private Path out = Path.of("runs", "epsaudit");

    @Override
    public Integer call() throws IOException {
        RuleArgument rule = across.parameterization();
        CoordinateSettings settings = across.check(
                rule,
                () -> new CoordinateSettings(
                        across.widths(),
                        across.baseWidth(),
                        across.growth(),
                        16,
                        2,
                        32,
                        16,
                        steps,
                        across.learningRate(),
                        1,
                        false));
        Device target = across.device();
        Corpus corpus = text.corpus();
        List<EpsRow> rows =
                BadInput.converging(() -> EpsAudit.run(rule, settings, corpus, target, Origin.of(target, spec)));
        Path file = out.resolve("eps-" + rule.id() + "-" + WidthOptions.label(across.growth()) + ".jsonl");
        RowFile.writeWhole(
                file, rows.stream().map(row -> Json.write(row) + "\n").collect(Collectors.joining()));
        EpsAudit audit = EpsAudit.of(rows);
        PrintWriter to = spec.commandLine().getOut();
        to.print(audit.table());
        to.println(audit.verdict(rule.id()) + "; rows: " + file);
        to.flush();
        return audit.slowed().isEmpty() ? 0 : 1;
    }
}
