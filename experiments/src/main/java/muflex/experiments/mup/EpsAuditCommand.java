package muflex.experiments.mup;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import muflex.engine.Device;
import muflex.model.parameterization.Parameterization;
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

    @Override
    public Integer call() throws IOException {
        Parameterization parameterization = across.parameterization();
        CoordinateSettings settings = across.check(
                parameterization,
                () -> new CoordinateSettings(
                        across.widths(), across.growth(), 16, 2, 32, 16, steps, across.learningRate(), 1, false));
        Device target = across.device();
        EpsAudit audit = EpsAudit.run(parameterization, settings, text.corpus(), target);
        PrintWriter to = spec.commandLine().getOut();
        to.print(audit.table(across.widths()));
        to.println(audit.verdict(parameterization.name()));
        to.flush();
        return audit.slowed().isEmpty() ? 0 : 1;
    }
}
