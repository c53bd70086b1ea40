package muflex.engine.opencl;

import org.junit.jupiter.api.Assumptions;

/** The OpenCL device that tests run on. Without one they are reported as not run, never passed over in silence. */
final class FirstDevice {
    private static final Discovery.Found FOUND = Discovery.find();
    private static OpenClAccelerator accelerator;

    private FirstDevice() {}

    static synchronized OpenClAccelerator accelerator() {
        if (FOUND.devices().isEmpty()) {
            System.err.println("NOT RUN: " + FOUND.problem());
            if ("true".equals(System.getenv("CI"))) {
                throw new AssertionError("CI has an OpenCL driver: " + FOUND.problem());
            }
            Assumptions.abort(FOUND.problem());
        }
        if (accelerator == null) {
            accelerator = new OpenClAccelerator(FOUND.devices().getFirst());
        }
        return accelerator;
    }
}
