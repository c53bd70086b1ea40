package muflex.experiments;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import muflex.experiments.sweep.Experiment;
import muflex.experiments.sweep.ExperimentFile;
import muflex.experiments.sweep.SweepPlan;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code muflex sweep plan}. */
@Command(
        name = "plan",
        description = "Numbers the cases of an experiment, the product of its axes, in a file that never changes.",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        footer = {
            "",
            "An axis is an option of the command: width=64,128 or seed=1..5 or lr=2^-9..2^-5*2 or scale=0..1+0.25.",
            "",
            "Examples:",
            "  muflex sweep plan experiment.yaml --set seed=1..5",
            "  muflex sweep plan --command compare --set variant=causal,window --set device=cpu,opencl:0:0"
        })
final class SweepPlanCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private CommandSpec spec;

    @Parameters(
            arity = "0..1",
            paramLabel = "FILE",
            description = "The experiment, in YAML or JSON: command, axes, options, skip, cases.")
    private @Nullable Path file;

    @Option(names = "--command", paramLabel = "NAME", description = "What runs a case, where there is no file.")
    private @Nullable String command;

    @Option(
            names = "--set",
            paramLabel = "AXIS=VALUES",
            description = "An axis and its values; replaces that of the file.")
    private List<String> settings = List.of();

    @Option(names = "--out", paramLabel = "FOLDER", description = "The sweep's folder (default: runs/sweep-<time>).")
    private @Nullable Path out;

    @Override
    public Integer call() throws IOException {
        Path folder = out != null ? out : Path.of("runs", Main.stamped("sweep"));
        SweepPlan plan = SweepPlan.of(folder, experiment().with(changes()), SweepCommand.CASES);
        plan.write();
        PrintWriter to = spec.commandLine().getOut();
        to.println(plan.cases().size() + " cases of " + plan.header().command() + " in " + folder);
        to.println("first: muflex " + String.join(" ", plan.cases().getFirst().arguments()));
        to.println("last:  muflex " + String.join(" ", plan.cases().getLast().arguments()));
        to.println("next:  muflex sweep run " + folder + ", or scripts/slurm-sweep " + folder);
        to.flush();
        return 0;
    }

    private Experiment experiment() {
        if (file != null) {
            if (command != null) {
                throw BadInput.of("--command", "none beside a file", command, "the file names it");
            }
            return ExperimentFile.read(file);
        }
        if (command == null) {
            throw BadInput.of("sweep plan", "a FILE or --command", "neither", "see muflex sweep plan --help");
        }
        return new Experiment(command, Map.of(), Map.of(), List.of(), List.of());
    }

    private Map<String, List<String>> changes() {
        Map<String, List<String>> changes = new LinkedHashMap<>();
        for (String setting : settings) {
            int equals = setting.indexOf('=');
            if (equals < 1) {
                throw BadInput.of("--set", "AXIS=VALUE,VALUE", setting, "write --set width=64,128");
            }
            String axis = setting.substring(0, equals);
            List<String> values = List.of(setting.substring(equals + 1).split(","));
            if (changes.put(axis, values) != null) {
                throw BadInput.of("--set", "each axis once", axis + " twice", "write its values in one");
            }
        }
        return changes;
    }
}
