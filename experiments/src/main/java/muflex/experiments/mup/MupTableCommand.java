package muflex.experiments.mup;

import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import muflex.experiments.BadInput;
import muflex.experiments.ByteModel;
import muflex.experiments.report.Json;
import muflex.model.ModelSpec;
import muflex.model.ScaleTable;
import muflex.model.TransformerConfig;
import muflex.model.parameterization.Equivalence;
import muflex.model.parameterization.OptimizerKind;
import muflex.model.parameterization.Parameterization;
import muflex.model.parameterization.ParameterizationJson;
import muflex.model.parameterization.TensorSettings;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code muflex mup table}. */
@Command(
        name = "table",
        description = {
            "What a rule gives to each tensor of a transformer: multiplier, initial standard deviation, and factors on",
            "learning rate, weight decay and eps. With --against, whether another rule is the same training written",
            "otherwise, and where not."
        },
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        footer = {
            "",
            "Examples:",
            "  muflex mup table --rule mup --width 512",
            "  muflex mup table --rule mup --against seed-text",
            "  muflex mup table --rule complete-p --depth 16 --json > table.json"
        })
final class MupTableCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private CommandSpec spec;

    @Option(
            names = "--rule",
            paramLabel = "RULE",
            defaultValue = "mup",
            description = "Name of a rule, or a file with a rule as JSON.")
    private String rule = "mup";

    @Option(names = "--against", paramLabel = "RULE", description = "Compare with this rule.")
    private @Nullable String against;

    @Option(names = "--width", paramLabel = "N", defaultValue = "256", description = "A multiple of 32.")
    private int width;

    @Option(names = "--depth", paramLabel = "N", defaultValue = "2", description = "Layers.")
    private int depth;

    @Option(names = "--base-width", paramLabel = "N", defaultValue = "64", description = "Where all rules are alike.")
    private int baseWidth;

    @Option(names = "--base-depth", paramLabel = "N", defaultValue = "2", description = "Where all rules are alike.")
    private int baseDepth;

    @Option(
            names = "--optimizer",
            paramLabel = "KIND",
            defaultValue = "ADAM",
            description = "Whose factors: ${COMPLETION-CANDIDATES}.")
    private OptimizerKind optimizer = OptimizerKind.ADAM;

    @Option(names = "--tied", description = "The embedding is the readout.")
    private boolean tied;

    @Option(names = "--json", description = "The rule and the table as one JSON object.")
    private boolean json;

    @Override
    public Integer call() {
        Parameterization first = RuleArgument.of(rule).rule();
        PrintWriter to = spec.commandLine().getOut();
        if (against != null) {
            compare(to, first, RuleArgument.of(against).rule());
        } else if (json) {
            to.println(Json.write(object(model(first))));
        } else {
            to.print(new ScaleTable(model(first), optimizer));
        }
        to.flush();
        return 0;
    }

    private ModelSpec model(Parameterization parameterization) {
        return BadInput.check(() -> ModelSpec.of(
                config("--width", width, depth), parameterization, config("--base-width", baseWidth, baseDepth)));
    }

    private TransformerConfig config(String option, int ofWidth, int ofDepth) {
        TransformerConfig config = ByteModel.of(option, ofWidth, ofDepth, 128);
        return tied ? config.withTiedEmbedding() : config;
    }

    private void compare(PrintWriter to, Parameterization first, Parameterization second) {
        Equivalence equivalence = Equivalence.of(first, second, optimizer);
        String names = first.name() + " and " + second.name();
        if (equivalence.holds()) {
            to.println(names + " are one training written twice, with these factors on the multipliers:");
            equivalence.thetas().forEach((role, theta) -> to.println("  " + role.label() + " " + theta));
            return;
        }
        to.println(names + " differ, whatever the factors of single tensors' multipliers:");
        equivalence.differences().forEach(line -> to.println("  " + line));
        List<List<String>> before = new ScaleTable(model(first), optimizer).rows();
        List<List<String>> after = new ScaleTable(model(second), optimizer).rows();
        to.println("tensors that differ at width " + width + " (- " + first.name() + ", + " + second.name() + "):");
        for (int i = 0; i < before.size(); i++) {
            if (!before.get(i).equals(after.get(i))) {
                to.println("- " + String.join("  ", before.get(i)));
                to.println("+ " + String.join("  ", after.get(i)));
            }
        }
    }

    private Map<String, Object> object(ModelSpec model) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("rule", ParameterizationJson.toTree(model.rule()));
        object.put("optimizer", optimizer);
        object.put("config", model.config());
        object.put("base", model.base());
        object.put("attentionScale", model.attentionScale());
        object.put("residualMultiplier", model.residualMultiplier());
        List<TensorSettings> tensors = model.settings(optimizer);
        object.put("tensors", tensors);
        return object;
    }
}
