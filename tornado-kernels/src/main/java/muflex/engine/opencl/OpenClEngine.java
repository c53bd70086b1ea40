package muflex.engine.opencl;

import java.util.ArrayList;
import java.util.List;
import muflex.engine.Device;
import muflex.engine.Engine;
import muflex.engine.offload.Limits;
import muflex.engine.offload.OffloadDevice;
import muflex.engine.translate.Target.Language;
import org.jspecify.annotations.Nullable;

/** Every OpenCL device of this machine, as {@code opencl:platform:device}. */
public final class OpenClEngine implements Engine {
    private static final int GPU = 100;
    private static final int OTHER = 5;

    @Override
    public String name() {
        return "opencl";
    }

    @Override
    public @Nullable String problem() {
        return Discovery.find().problem();
    }

    @Override
    public List<Device> devices() {
        List<Device> devices = new ArrayList<>();
        for (OpenClDevice device : Discovery.find().devices()) {
            int preference = device.limits().type() == Limits.Type.GPU ? GPU : OTHER;
            devices.add(new OffloadDevice(
                    device.id(),
                    device.description(),
                    device.driver(),
                    preference,
                    Language.OPENCL,
                    () -> new OpenClAccelerator(device)));
        }
        return devices;
    }
}
