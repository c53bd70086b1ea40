package muflex.experiments.mup;

import java.util.List;
import java.util.function.Supplier;
import muflex.engine.Device;
import muflex.engine.Devices;
import muflex.experiments.BadInput;
import muflex.model.TransformerConfig.Growth;
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
            description = "At least two, ascending.")
    private List<Integer> widths = List.of();

    @Option(
            names = "--base-width",
            paramLabel = "N",
            defaultValue = "0",
            description = "Width at which all rules are alike; 0 for the first of --widths.")
    private int baseWidth;

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
    RuleArgument parameterization() {
        return RuleArgument.of(rule);
    }

    List<Integer> widths() {
        return widths;
    }

    int baseWidth() {
        return baseWidth == 0 ? widths.getFirst() : baseWidth;
    }

    Growth growth() {
        return growth;
    }

    /** What grows, as names of files have it. */
    static String label(Growth growth) {
        return growth == Growth.HEADS ? "heads" : "head-dim";
    }

    double learningRate() {
        return learningRate;
    }

    /** @throws BadInput if there is no such device */
    Device device() {
        return BadInput.check(() -> Devices.byId(device));
    }

    /** @throws BadInput if the settings are none, or no model of this rule has them at one of the widths */
    CoordinateSettings check(RuleArgument parameterization, Supplier<CoordinateSettings> settings) {
        CoordinateSettings checked = BadInput.check(settings);
        widths.forEach(width -> BadInput.check(() -> checked.model(parameterization.rule(), width)));
        return checked;
    }
}
