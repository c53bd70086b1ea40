package muflex.engine.jvm;

import java.util.List;
import java.util.Optional;
import muflex.engine.Device;
import muflex.engine.Engine;

/** The kernels as they are written, with lanes as plain loops: the engine that shows what they mean. */
public final class LoopsEngine implements Engine {
    @Override
    public String name() {
        return "loops";
    }

    @Override
    public List<Device> devices() {
        int threads = Workers.shared().threads();
        return List.of(new JvmDevice("loops", "plain Java loops, " + threads + " threads", 1, Optional.empty()));
    }
}
