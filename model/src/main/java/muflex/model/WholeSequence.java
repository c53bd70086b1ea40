package muflex.model;

import java.util.List;
import muflex.attention.BlockMask;
import muflex.graph.FlexOp;
import muflex.graph.Graph;
import muflex.graph.Tensor;
import org.jspecify.annotations.Nullable;

/** Attention within sequences that are all there: training and evaluation. */
record WholeSequence(FlexOp.Flex flex) implements AttentionMode {

    WholeSequence(TransformerConfig config, AttentionVariant variant, List<Tensor> learned, float scale, int seq) {
        // Only a variant's own mask may tell heads apart.
        int heads = variant.maskMod() == null ? 1 : config.heads();
        FlexOp.Flex plain = FlexOp.Flex.of(
                AttentionMode.scoreMod(config, variant),
                BlockMask.create(AttentionMode.mask(variant), 1, heads, seq, seq),
                scale);
        this(learned.isEmpty() ? plain : plain.withLearnable(learned));
    }

    @Override
    public @Nullable Tensor position() {
        return null;
    }

    @Override
    public Tensor remember(Graph graph, String name, Tensor fresh) {
        return fresh;
    }
}
