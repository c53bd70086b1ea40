package muflex.experiments.peers;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.Device;

/** The {@code Attention} operator of ONNX Runtime in float32, on as many threads as there are cores; forward only. */
final class OnnxDevice implements Device {

    @Override
    public String id() {
        return "onnxruntime";
    }

    @Override
    public String description() {
        return "ONNX Runtime " + OrtEnvironment.getEnvironment().getVersion() + ", Attention (opset 23), "
                + Runtime.getRuntime().availableProcessors() + " threads";
    }

    /** Never chosen unless named. */
    @Override
    public int preference() {
        return 0;
    }

    @Override
    public AttentionOp compile(AttentionSpec spec) {
        try {
            return new OnnxAttention(
                    OrtEnvironment.getEnvironment(), spec.shape(), spec.scale(), PeerSpecs.isCausal(id(), spec));
        } catch (OrtException e) {
            throw new IllegalStateException("onnxruntime: " + e.getMessage(), e);
        }
    }
}
