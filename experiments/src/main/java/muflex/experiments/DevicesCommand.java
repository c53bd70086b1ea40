package muflex.experiments;

import java.util.List;
import java.util.concurrent.Callable;
import muflex.engine.Device;
import muflex.engine.Devices;
import muflex.experiments.report.Json;
import muflex.experiments.report.TextTable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code muflex devices}. */
@Command(
        name = "devices",
        description = "Lists the devices that attention and models can run on here.",
        mixinStandardHelpOptions = true,
        footer = {"", "Example:", "  muflex devices --json"})
final class DevicesCommand implements Callable<Integer> {

    /** A device as JSON; {@code auto}: whether {@code --device auto} takes it. */
    private record Line(String id, String description, boolean auto) {}

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private CommandSpec spec;

    @Option(names = "--json", description = "Print one JSON object a line.")
    private boolean json;

    @Override
    public Integer call() {
        List<Device> devices = Devices.all();
        Device auto = Devices.auto();
        if (json) {
            for (Device device : devices) {
                print(Json.write(new Line(device.id(), device.description(), device.equals(auto))));
            }
        } else {
            TextTable table = new TextTable().left("device").left("auto").left("description");
            for (Device device : devices) {
                table.row(device.id(), device.equals(auto) ? "*" : "", device.description());
            }
            print(table.toString().stripTrailing());
            Devices.problems().values().forEach(this::print);
        }
        return 0;
    }

    private void print(String text) {
        spec.commandLine().getOut().println(text);
    }
}
