package muflex.experiments.cudnn;

import muflex.attention.AttentionShape;
import muflex.attention.Precision;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.Device;
import muflex.experiments.compare.PeerSpecs;
import muflex.experiments.compare.PeerSpecs.MaskKind;
import uk.ac.manchester.tornado.api.common.TornadoDevice;

/** cuDNN on one GPU: attention's forward pass in half precision, whole or causal. */
final class CuDnnDevice implements Device {
    private static final int MOST_DIMS = 256;
    private static final int DIMS = 8;

    private final String id;
    private final TornadoDevice device;

    CuDnnDevice(String id, TornadoDevice device) {
        this.id = id;
        this.device = device;
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public String description() {
        return device.getPhysicalDevice().getDeviceName() + " (GPU), cuDNN by TornadoVM's library task";
    }

    /** Never chosen unless named. */
    @Override
    public int preference() {
        return 0;
    }

    @Override
    public boolean supports(Precision precision) {
        return precision == Precision.HALF;
    }

    @Override
    public AttentionOp compile(AttentionSpec spec) {
        return new CuDnnAttention(device, spec.shape(), spec.scale(), causal(id, spec));
    }

    /** Whether the mask is the causal one; refuses what TornadoVM's task has no argument for. */
    static boolean causal(String id, AttentionSpec spec) {
        AttentionShape s = spec.shape();
        if (spec.precision() != Precision.HALF) {
            throw new IllegalArgumentException(
                    "precision: expected half on " + id + ", got " + spec.precision() + "; leave the device out");
        }
        if (s.kvHeads() != s.queryHeads() || s.headDim() != s.valueDim()) {
            throw new IllegalArgumentException(
                    "shape: expected as many key heads as query heads, and dims alike, on " + id
                            + ", got " + s.queryHeads() + " and " + s.kvHeads() + " heads of " + s.headDim() + " and "
                            + s.valueDim() + "; leave the device out");
        }
        if (s.headDim() % DIMS != 0 || s.headDim() > MOST_DIMS) {
            throw new IllegalArgumentException("shape: expected dims that are a multiple of " + DIMS + ", at most "
                    + MOST_DIMS + ", on " + id + ", got " + s.headDim() + "; leave the device out");
        }
        MaskKind mask = PeerSpecs.mask(id, spec);
        if (mask == MaskKind.DENSE || mask == MaskKind.CAUSAL && s.queryLength() != s.kvLength()) {
            throw new IllegalArgumentException("mask: expected none, or the causal one of as many queries as keys, on "
                    + id + ", got another; leave the device out");
        }
        return mask == MaskKind.CAUSAL;
    }
}
