package muflex.experiments.compare;

import java.util.Arrays;
import java.util.List;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.engine.AttentionSpec;

/**
 * The first batch's first heads of a case: what is checked of a shape that is too large to compute in float64 as a
 * whole. Arrays are row-major with batch and heads in front, so a part's arrays are beginnings of the whole's.
 */
record Part(AttentionSpec spec, Tensors tensors) {

    /** @param kvHeads how many key heads, with their query heads; 0 for all batches and heads */
    static Part of(AttentionSpec spec, Tensors tensors, int kvHeads) {
        AttentionShape whole = spec.shape();
        if (kvHeads == 0 || whole.batch() == 1 && kvHeads >= whole.kvHeads()) {
            return new Part(spec, tensors);
        }
        int keys = Math.min(kvHeads, whole.kvHeads());
        int queries = keys * whole.groupSize();
        AttentionShape shape = new AttentionShape(
                1, queries, keys, whole.queryLength(), whole.kvLength(), whole.headDim(), whole.valueDim());
        AttentionSpec part = AttentionSpec.of(shape).withScoreMod(spec.scoreMod());
        BlockMask mask = spec.mask();
        if (mask != null) {
            part = part.withMask(mask.slice(0, 1, 0, mask.heads() == 1 ? 1 : queries, 0, mask.queryBlocks()));
        }
        // Gradients of learned arrays are sums over all heads, so a part has none to check.
        return new Part(
                part.withLearnable(List.of()),
                new Tensors(
                        Arrays.copyOf(tensors.q(), shape.querySize()),
                        Arrays.copyOf(tensors.k(), shape.keySize()),
                        Arrays.copyOf(tensors.v(), shape.valueSize()),
                        Arrays.copyOf(tensors.dOut(), shape.outSize())));
    }
}
