package muflex.experiments.peers;

import java.util.List;
import muflex.engine.Device;
import muflex.engine.Engine;

/** ONNX Runtime on the CPU, through its Java bindings. */
public final class OnnxEngine implements Engine {

    @Override
    public String name() {
        return "onnxruntime";
    }

    @Override
    public List<Device> devices() {
        return List.of(new OnnxDevice());
    }
}
