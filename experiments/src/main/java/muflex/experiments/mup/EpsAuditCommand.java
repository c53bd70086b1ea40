package muflex.experiments.mup;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import muflex.engine.Device;
import muflex.model.parameterization.Parameterization;
import muflex.model.parameterization.Role;
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
            "10 %% and all of the steps. Exit code 1 if it is over 10 %% of a hidden, readout or gain tensor at the",
            "largest width."
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
                        across.widths(), across.growth(), 16, 2, 32, 16, steps, across.learningRate(), 1));
        Device target = across.device();
        EpsAudit audit = EpsAudit.run(parameterization, settings, text.corpus(), target);
        PrintWriter to = spec.commandLine().getOut();
        to.print(audit.table(across.widths()));
        List<Role> slowed = audit.slowed();
        to.println(parameterization.name() + ": "
                + (slowed.isEmpty()
                        ? "pass, eps slows no tensor"
                        : "FAIL, eps slows "
                                + slowed.stream().map(Role::label).collect(Collectors.joining(", "))
                                + "; let eps follow the gradients, or train with Adam-atan2"));
        to.flush();
        return slowed.isEmpty() ? 0 : 1;
    }
}
