package muflex.experiments.sweep;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import muflex.experiments.BadInput;
import muflex.experiments.CaseCommand;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/**
 * Turns a case's values into a command line: an axis is an option of the command, by its name or its singular
 * ({@code device} is {@code --devices}); {@code true} sets a flag.
 */
public final class CaseArguments {

    /** Names that people use for an option. */
    private static final Map<String, String> SYNONYMS = Map.of("tile", "--block", "parameterization", "--rule");

    /** A case's folder and output are the sweep's business. */
    private static final Set<String> NOT_AXES =
            Set.of("--help", "--version", "--debug", "--out", "--resume", "--json", "--sample");

    private final Supplier<CommandLine> commandLine;

    /** @param commandLine a new one at each call, since parsing leaves values behind */
    public CaseArguments(Supplier<CommandLine> commandLine) {
        this.commandLine = commandLine;
    }

    /** The arguments of one case, which the command accepts. */
    List<String> of(String command, Map<String, String> values) {
        CommandLine target = find(commandLine.get(), command);
        List<String> arguments = new ArrayList<>(List.of(command));
        values.forEach((name, value) -> {
            OptionSpec option = option(target, command, name);
            if (option.arity().max() > 0) {
                arguments.add(option.longestName());
                arguments.add(value);
            } else if (value.equals("true")) {
                arguments.add(option.longestName());
            } else if (!value.equals("false")) {
                throw BadInput.of("axis " + name, "true or false", value, "it is a flag of " + command);
            }
        });
        parse(arguments).check();
        return arguments;
    }

    /** The command with these arguments, ready to run. */
    CaseCommand parse(List<String> arguments) {
        CommandLine root = commandLine.get();
        CommandLine target = find(root, arguments.getFirst());
        try {
            // From the root, whose options its commands inherit.
            root.parseArgs(arguments.toArray(String[]::new));
        } catch (ParameterException e) {
            throw new BadInput(arguments.getFirst() + ": " + e.getMessage());
        }
        return target.getCommand();
    }

    /** The names of all commands that a sweep can run. */
    private static String names(CommandLine root) {
        return root.getSubcommands().entrySet().stream()
                .filter(entry -> entry.getValue().getCommand() instanceof CaseCommand)
                .map(Map.Entry::getKey)
                .collect(Collectors.joining(" or "));
    }

    private static CommandLine find(CommandLine root, String name) {
        CommandLine found = root.getSubcommands().get(name);
        if (found == null || !(found.getCommand() instanceof CaseCommand)) {
            throw BadInput.of("command", names(root), name, "name one of those");
        }
        return found;
    }

    private static OptionSpec option(CommandLine target, String command, String axis) {
        OptionSpec found = findOption(target, SYNONYMS.getOrDefault(axis, "--" + axis));
        found = found == null ? findOption(target, "--" + axis + "s") : found;
        if (found == null) {
            String known = target.getCommandSpec().options().stream()
                    .map(OptionSpec::longestName)
                    .filter(name -> !NOT_AXES.contains(name))
                    .map(name -> name.substring(2))
                    .collect(Collectors.joining(", "));
            throw BadInput.of("axis", "an option of " + command + " (" + known + ")", axis, "mend its name");
        }
        return found;
    }

    private static @Nullable OptionSpec findOption(CommandLine target, String name) {
        return NOT_AXES.contains(name) ? null : target.getCommandSpec().findOption(name);
    }
}
