package muflex.experiments;

import java.util.concurrent.Callable;
import muflex.engine.Devices;
import muflex.experiments.report.TextTable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code muflex doctor}. */
@Command(
        name = "doctor",
        description = "Checks what MuFlex needs or can use here, and says how to mend what is missing.",
        mixinStandardHelpOptions = true,
        footer = {"", "Example:", "  muflex doctor"})
final class DoctorCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private CommandSpec spec;

    @Override
    public Integer call() {
        TextTable table = new TextTable().left("").left("").left("");
        for (Doctor.Finding finding : Doctor.here().findings(Devices.all(), Devices.problems())) {
            table.row(finding.ok() ? "ok" : "warn", finding.subject(), finding.found());
            if (finding.fix() != null) {
                table.row("", "", "→ " + finding.fix());
            }
        }
        spec.commandLine().getOut().println(table.toString().strip());
        return 0;
    }
}
