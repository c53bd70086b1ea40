package muflex.experiments.compare;

import muflex.attention.BlockMask;
import muflex.engine.AttentionSpec;

/** What other libraries can compute: attention without a mask, causal attention, and one dense mask for all heads. */
public final class PeerSpecs {

    /** How a library is told what to leave out. */
    public enum MaskKind {
        NONE,
        CAUSAL,
        DENSE
    }

    private PeerSpecs() {}

    /** The mask of {@code spec}; refuses what the library has no call for. */
    public static MaskKind mask(String library, AttentionSpec spec) {
        if (spec.scoreMod() != null || spec.sinks() != null || spec.dropout() != 0) {
            throw new IllegalArgumentException(library + ": expected attention without a score mod, sinks or dropout,"
                    + " got one; compare variants that only mask");
        }
        BlockMask mask = spec.mask();
        if (mask == null) {
            return MaskKind.NONE;
        }
        if (mask.batch() != 1 || mask.heads() != 1) {
            throw new IllegalArgumentException(
                    library + ": expected one mask for all batches and heads, got one for each; compare others");
        }
        return isCausal(mask) ? MaskKind.CAUSAL : MaskKind.DENSE;
    }

    private static boolean isCausal(BlockMask mask) {
        for (int q = 0; q < mask.queryLength(); q++) {
            for (int kv = 0; kv < mask.kvLength(); kv++) {
                if (mask.allows(0, 0, q, kv) != (kv <= q)) {
                    return false;
                }
            }
        }
        return true;
    }
}
