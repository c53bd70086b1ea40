package muflex.experiments;

import java.io.PrintWriter;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import muflex.engine.DeviceMemoryException;
import muflex.engine.offload.Profile;
import muflex.engine.offload.Switches;
import muflex.experiments.cost.CostsCommand;
import muflex.experiments.mup.CoordCheckCommand;
import muflex.experiments.mup.EpsAuditCommand;
import muflex.experiments.mup.MupCommand;
import muflex.experiments.mup.StudyCommand;
import muflex.experiments.mup.TransferCommand;
import muflex.experiments.speed.SpeedCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** The {@code muflex} command. Exit codes: 0 done, 1 the run failed, 2 the command line is wrong. */
@Command(
        name = "muflex",
        description = "Programmable attention for the JVM.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        subcommands = {
            CompareCommand.class,
            ShowCommand.class,
            CostsCommand.class,
            SweepCommand.class,
            ReportCommand.class,
            TrainCommand.class,
            CoordCheckCommand.class,
            TransferCommand.class,
            SpeedCommand.class,
            EpsAuditCommand.class,
            MupCommand.class,
            StudyCommand.class,
            GenerateCommand.class,
            KernelsCommand.class,
            DevicesCommand.class,
            DoctorCommand.class
        },
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Examples:",
            "  muflex compare            # attention variants on every device here, checked and timed",
            "  muflex train              # a transformer on this JDK's own sources",
            "  muflex train --help       # each command has its own help, with an example",
            "",
            "Exit codes: 0 done, 1 the run failed, 2 the command line is wrong."
        })
public final class Main implements Runnable {

    private static final String LOG_FORMAT = "java.util.logging.SimpleFormatter.format";
    private static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before run()
    private CommandSpec spec;

    @Option(names = "--debug", scope = ScopeType.INHERIT, description = "Show the stack trace of a failure.")
    private boolean debug;

    public static void main(String[] args) {
        // One line for what the library logs, such as the device that `auto` took.
        if (System.getProperty(LOG_FORMAT) == null) {
            System.setProperty(LOG_FORMAT, "%5$s%6$s%n");
        }
        System.exit(run(args));
    }

    /** A name for a run that begins now: {@code compare-20260102-030405}. */
    static String stamped(String command) {
        return command + "-" + LocalDateTime.now(ZoneId.systemDefault()).format(STAMP);
    }

    private static int run(String[] args) {
        CommandLine line = commandLine();
        try {
            int code = line.execute(args);
            if (Switches.profiles()) {
                line.getErr().print(ProfileTable.of(Profile.byDevice()));
                line.getErr().flush();
            }
            return code;
        } catch (OutOfMemoryError e) {
            print(line, "memory: expected a larger heap, got " + e.getMessage() + "; set MUFLEX_JAVA_OPTS=-Xmx8g");
        } catch (LinkageError e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            print(line, cause.getMessage() == null ? cause.toString() : cause.getMessage());
        }
        return CommandLine.ExitCode.SOFTWARE;
    }

    /** The command line as {@link #main} runs it; tests run it too. */
    static CommandLine commandLine() {
        CommandLine line = new CommandLine(new Main());
        line.setUsageHelpAutoWidth(true);
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setParameterExceptionHandler(Main::badParameter);
        line.setExecutionExceptionHandler(Main::failed);
        return line;
    }

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    private static int badParameter(ParameterException e, String[] args) {
        CommandLine line = e.getCommandLine();
        // What an option's own method refuses: picocli's message names the method.
        String message = e.getCause() instanceof BadInput refused ? refused.getMessage() : e.getMessage();
        if (e instanceof UnmatchedArgumentException unmatched
                && !unmatched.getSuggestions().isEmpty()) {
            message += " (did you mean " + String.join(" or ", unmatched.getSuggestions()) + "?)";
        }
        print(line, message + "; see `" + line.getCommandSpec().qualifiedName() + " --help`");
        return CommandLine.ExitCode.USAGE;
    }

    private static int failed(Exception e, CommandLine line, ParseResult parsed) {
        print(line, e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage());
        boolean badInput = e instanceof BadInput || e instanceof DeviceMemoryException;
        if (parsed.commandSpec().root().userObject() instanceof Main main && main.debug) {
            e.printStackTrace(line.getErr());
            line.getErr().flush();
        } else if (!badInput && !(e instanceof RunFailed)) {
            print(line, "this was not expected; --debug shows where it happened");
        }
        return badInput ? CommandLine.ExitCode.USAGE : CommandLine.ExitCode.SOFTWARE;
    }

    private static void print(CommandLine line, String message) {
        PrintWriter err = line.getErr();
        err.println(
                line.getCommandSpec().qualifiedName() + ": " + message.strip().replaceAll("\\s*\\R\\s*", " "));
        err.flush();
    }
}
