package muflex.experiments.peers;

import muflex.attention.BlockMask;
import muflex.engine.AttentionSpec;

/** What the libraries here can compute: attention without a mask, and causal attention. */
final class PeerSpecs {

    private PeerSpecs() {}

    /** Whether {@code spec} is causal; refuses what the library has no call for. */
    static boolean isCausal(String library, AttentionSpec spec) {
        if (spec.scoreMod() != null || spec.sinks() != null || spec.dropout() != 0) {
            throw new IllegalArgumentException(library + ": expected attention without a score mod, sinks or dropout,"
                    + " got one; compare noop and causal");
        }
        BlockMask mask = spec.mask();
        if (mask != null && !isCausal(mask)) {
            throw new IllegalArgumentException(
                    library + ": expected no mask or the causal one, got another; compare noop and causal");
        }
        return mask != null;
    }

    private static boolean isCausal(BlockMask mask) {
        for (int q = 0; q < mask.queryLength(); q++) {
            for (int kv = 0; kv < mask.kvLength(); kv++) {
                if (mask.batch() != 1 || mask.heads() != 1 || mask.allows(0, 0, q, kv) != (kv <= q)) {
                    return false;
                }
            }
        }
        return true;
    }
}
