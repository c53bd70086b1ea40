package muflex.engine.cuda;

import java.util.ArrayList;
import java.util.List;
import muflex.engine.Device;
import muflex.engine.Engine;
import muflex.engine.offload.OffloadDevice;
import muflex.engine.translate.Target.Language;
import org.jspecify.annotations.Nullable;

/** Every NVIDIA GPU that the driver shows, where NVRTC can compile for it, as {@code cuda:0}, {@code cuda:1}, …. */
public final class CudaEngine implements Engine {
    private static final int PREFERENCE = 200;

    @Override
    public String name() {
        return "cuda";
    }

    @Override
    public @Nullable String problem() {
        return Discovery.find().problem();
    }

    @Override
    public List<Device> devices() {
        List<Device> devices = new ArrayList<>();
        for (CudaDevice device : Discovery.find().devices()) {
            devices.add(new OffloadDevice(
                    device.id(),
                    device.description(),
                    "CUDA " + device.driver(),
                    PREFERENCE,
                    Language.CUDA,
                    () -> new CudaAccelerator(device)));
        }
        return devices;
    }
}
