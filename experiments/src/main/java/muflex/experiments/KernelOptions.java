package muflex.experiments;

import muflex.engine.offload.Switches;
import picocli.CommandLine.Option;

/** What to do with kernels that are translated for a device. */
public final class KernelOptions {

    @Option(
            names = "--show-kernel",
            description = "Print each translated kernel's source to standard error when it is built.")
    void show(boolean on) {
        System.setProperty(Switches.SHOW, Boolean.toString(on));
    }

    @Option(
            names = "--check-bounds",
            description = "Translated kernels check every array access and report array, index and Java line. Slow.")
    void check(boolean on) {
        System.setProperty(Switches.CHECK, Boolean.toString(on));
    }

    @Option(
            names = "--profile",
            description = "At the end, show what the devices took, by kernel and copy, and for compiling.")
    void profile(boolean on) {
        System.setProperty(Switches.PROFILE, Boolean.toString(on));
    }

    @Option(
            names = "--tornado-route",
            paramLabel = "ROUTE",
            description = "Who compiles kernels for TornadoVM's devices: prebuilt, the translator (default); jit,"
                    + " TornadoVM's own compiler, for what it can compile.")
    void route(String route) {
        if (!route.equals("jit") && !route.equals("prebuilt")) {
            throw BadInput.of("--tornado-route", "jit or prebuilt", route, "leave it out for prebuilt");
        }
        System.setProperty(Switches.TORNADO_ROUTE, route);
    }
}
