package muflex.experiments.mup;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code muflex mup}. */
@Command(
        name = "mup",
        description = "What parameterizations say, without training.",
        mixinStandardHelpOptions = true,
        subcommands = {MupTableCommand.class, MupRolesCommand.class},
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Examples:",
            "  muflex mup table --rule mup --width 512",
            "  muflex mup roles --checkpoint runs/java"
        })
public final class MupCommand implements Runnable {

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before run()
    private CommandSpec spec;

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }
}
