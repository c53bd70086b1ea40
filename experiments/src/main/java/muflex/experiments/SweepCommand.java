package muflex.experiments;

import muflex.experiments.sweep.CaseArguments;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code muflex sweep}. */
@Command(
        name = "sweep",
        description = {
            "Runs many cases of a command: planned once, numbered, each run by itself, here or on a cluster.",
            "A case that is done is never run again; one that failed keeps its stack trace and is tried again."
        },
        mixinStandardHelpOptions = true,
        subcommands = {
            SweepPlanCommand.class,
            SweepRunCommand.class,
            SweepStatusCommand.class,
            SweepCollectCommand.class
        },
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Examples:",
            "  muflex sweep plan --command train --set width=64,128 --set lr=2^-9..2^-5*2 --out runs/lr",
            "  muflex sweep run runs/lr --jobs 2",
            "  muflex sweep status runs/lr",
            "  muflex sweep collect runs/lr"
        })
final class SweepCommand implements Runnable {

    /** How cases become command lines. */
    static final CaseArguments CASES = new CaseArguments(Main::commandLine);

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before run()
    private CommandSpec spec;

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }
}
