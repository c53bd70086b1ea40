package muflex.experiments.peers;

import java.util.List;
import muflex.engine.Device;
import muflex.engine.Engine;

/** libtorch on the CPU, through its Java bindings. */
public final class TorchEngine implements Engine {

    @Override
    public String name() {
        return "libtorch";
    }

    @Override
    public List<Device> devices() {
        return List.of(new TorchDevice());
    }
}
