package muflex.experiments.peers;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.Device;
import muflex.experiments.compare.PeerSpecs;

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
        PeerSpecs.MaskKind mask = PeerSpecs.mask(id(), spec);
        if (mask == PeerSpecs.MaskKind.DENSE) {
            throw new IllegalArgumentException(
                    id() + ": expected no mask or the causal one, got another; compare noop and causal");
        }
        try {
            return new OnnxAttention(
                    OrtEnvironment.getEnvironment(), spec.shape(), spec.scale(), mask == PeerSpecs.MaskKind.CAUSAL);
        } catch (OrtException e) {
            throw new IllegalStateException("onnxruntime: " + e.getMessage(), e);
        }
    }
}
