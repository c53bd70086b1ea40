package muflex.experiments.mup;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.stream.Collectors;
import muflex.engine.Device;
import muflex.experiments.report.Environment;
import muflex.experiments.report.Git;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Where a row comes from: what a reader needs to measure it again, or to doubt it.
 *
 * @param device as `muflex devices` lists it
 * @param deviceDescription one line from the device
 * @param driver that the device is reached through; null where there is none
 * @param environment the machine and the JVM
 * @param git the source
 * @param command the command line that measured it
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record Origin(
        String device,
        String deviceDescription,
        @Nullable String driver,
        Environment environment,
        Git git,
        String command) {

    /** This process, at the command of {@code spec}. */
    static Origin of(Device device, CommandSpec spec) {
        List<String> arguments = spec.root().commandLine().getParseResult().originalArgs();
        return new Origin(
                device.id(),
                device.description(),
                device.driver().isEmpty() ? null : device.driver(),
                Environment.current(),
                Git.here(),
                "scripts/muflex " + arguments.stream().map(Origin::quoted).collect(Collectors.joining(" ")));
    }

    private static String quoted(String argument) {
        return argument.matches("[\\w./:=,+@^-]+") ? argument : "'" + argument.replace("'", "'\\''") + "'";
    }
}
