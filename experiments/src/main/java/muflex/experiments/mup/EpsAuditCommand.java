package muflex.experiments.mup;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import muflex.engine.Device;
import muflex.engine.Devices;
import muflex.experiments.BadInput;
import muflex.model.TransformerConfig.Growth;
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

    @Option(
            names = "--rule",
            paramLabel = "RULE",
            defaultValue = "mup",
            description = "Name of a rule, or a file with a rule as JSON.")
    private String rule = "mup";

    @Option(
            names = "--widths",
            split = ",",
            paramLabel = "N",
            defaultValue = "64,128,256,512",
            description = "At least two, ascending; the first is the base.")
    private List<Integer> widths = List.of();

    @Option(
            names = "--grow",
            paramLabel = "WHAT",
            defaultValue = "HEADS",
            description = "What grows with width: ${COMPLETION-CANDIDATES}.")
    private Growth growth = Growth.HEADS;

    @Option(names = "--steps", paramLabel = "N", defaultValue = "20", description = "Updates, at least 3.")
    private int steps;

    @Option(names = "--lr", paramLabel = "RATE", defaultValue = "0.01", description = "AdamW's rate, constant.")
    private double learningRate;

    @Option(names = "--device", paramLabel = "ID", defaultValue = "cpu", description = "As `muflex devices` lists it.")
    private String device = "cpu";

    @Override
    public Integer call() throws IOException {
        Parameterization parameterization = RuleArgument.of(rule);
        CoordinateSettings settings =
                BadInput.check(() -> new CoordinateSettings(widths, growth, 16, 2, 32, 16, steps, learningRate, 1));
        widths.forEach(width -> BadInput.check(() -> settings.model(parameterization, width)));
        Device target = BadInput.check(() -> Devices.byId(device));
        EpsAudit audit = EpsAudit.run(parameterization, settings, text.corpus(), target);
        PrintWriter to = spec.commandLine().getOut();
        to.print(audit.table(widths));
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
