package muflex.experiments.mup;

import java.util.List;
import java.util.function.Supplier;
import muflex.engine.Device;
import muflex.engine.Devices;
import muflex.experiments.BadInput;
import muflex.model.TransformerConfig.Growth;
import muflex.model.parameterization.Parameterization;
import picocli.CommandLine.Option;

/** Which rule is trained at which widths, at which rate and where. */
final class WidthOptions {

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

    @Option(names = "--lr", paramLabel = "RATE", defaultValue = "0.01", description = "AdamW's rate, constant.")
    private double learningRate;

    @Option(names = "--device", paramLabel = "ID", defaultValue = "cpu", description = "As `muflex devices` lists it.")
    private String device = "cpu";

    /** @throws BadInput if there is no such rule */
    Parameterization parameterization() {
        return RuleArgument.of(rule);
    }

    List<Integer> widths() {
        return widths;
    }

    Growth growth() {
        return growth;
    }

    double learningRate() {
        return learningRate;
    }

    /** @throws BadInput if there is no such device */
    Device device() {
        return BadInput.check(() -> Devices.byId(device));
    }

    /** @throws BadInput if the settings are none, or no model of this rule has them at one of the widths */
    CoordinateSettings check(Parameterization parameterization, Supplier<CoordinateSettings> settings) {
        CoordinateSettings checked = BadInput.check(settings);
        widths.forEach(width -> BadInput.check(() -> checked.model(parameterization, width)));
        return checked;
    }
}
