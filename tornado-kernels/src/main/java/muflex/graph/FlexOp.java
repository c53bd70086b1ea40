package muflex.graph;

import java.util.ArrayList;
import java.util.List;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.ScoreMod;
import muflex.attention.Weights;
import org.jspecify.annotations.Nullable;

/** Programmable attention in a graph; the semantics are those of {@code muflex.attention}. */
public sealed interface FlexOp extends HeadOp {

    /**
     * What makes an attention this one.
     *
     * @param scoreMod null for the identity
     * @param mask null for none; the lists of a changing one may be replaced in a program
     * @param scale factor on the scores, before the score mod
     * @param sinks one extra logit per query head in the softmax's denominator; null for none
     * @param learnable parameters whose backing arrays the score mod captures, or {@code sinks}; they get gradients
     * @param weights what scores become
     */
    record Flex(
            @Nullable ScoreMod scoreMod,
            @Nullable BlockMask mask,
            float scale,
            float @Nullable [] sinks,
            List<Tensor> learnable,
            Weights weights) {
        public Flex {
            learnable = List.copyOf(learnable);
            for (Tensor tensor : learnable) {
                Checks.that(
                        tensor.op() instanceof Leaf.Parameter parameter && parameter.backing() != null,
                        "attention learnable: expected a parameter with a backing array, got %s; declare it with"
                                + " parameter(name, shape, array) and capture that array in the score mod",
                        tensor);
            }
            Checks.that(
                    weights == Weights.SOFTMAX || sinks == null,
                    "attention weights: expected SOFTMAX where there are sinks, got %s; leave one of the two out",
                    weights);
        }

        /** Attention without sinks or anything learned. */
        public static Flex of(@Nullable ScoreMod scoreMod, @Nullable BlockMask mask, float scale) {
            return new Flex(scoreMod, mask, scale, null, List.of(), Weights.SOFTMAX);
        }

        public Flex withLearnable(List<Tensor> parameters) {
            return new Flex(scoreMod, mask, scale, sinks, parameters, weights);
        }

        /** Others than a softmax's have no sinks. */
        public Flex withWeights(Weights newWeights) {
            return new Flex(scoreMod, mask, scale, sinks, learnable, newWeights);
        }

        /** @throws IllegalArgumentException if no attention of a graph takes lists that were given for one */
        public static void requireTaken(boolean taken) {
            Checks.that(
                    taken,
                    "mask: expected other lists of a changing() mask of the graph's attention, got another; use"
                            + " withKvBlocks of it");
        }

        /** Whether {@code lists} may take the place of the mask's: the mask is a changing one, and they are of the same mask. */
        @SuppressWarnings("ReferenceEquality") // a mask is known by identity
        public boolean takes(BlockMask lists) {
            return mask != null
                    && mask.isChanging()
                    && lists.isChanging()
                    && lists.mask() == mask.mask()
                    && lists.batch() == mask.batch()
                    && lists.heads() == mask.heads();
        }
    }

    /** The sizes of the operation. */
    AttentionShape shape();

    Flex flex();

    /**
     * {@code softmax(scoreMod(scale · q kᵀ)) v} under the block mask. Outputs out
     * {@code [batch, queryHeads, queryLength, valueDim]} and lse {@code [batch, queryHeads, queryLength]}.
     */
    record Attention(Tensor q, Tensor k, Tensor v, Flex flex) implements FlexOp {
        public Attention {
            FlexShapes.check(q, k, v);
        }

        @Override
        public AttentionShape shape() {
            return FlexShapes.of(q, k, v);
        }

        @Override
        public List<Tensor> inputs() {
            List<Tensor> inputs = new ArrayList<>(List.of(q, k, v));
            inputs.addAll(flex.learnable());
            return List.copyOf(inputs);
        }

        @Override
        public List<Shape> outputs() {
            return List.of(q.shape().withColumns(v.shape().axis(-1)), q.shape().withoutColumns());
        }
    }

    /**
     * The derivative of {@link Attention}: dq, dk, dv, then one gradient per learnable parameter.
     *
     * @param dLse the derivative of lse; null for 0
     */
    record AttentionGradient(
            Tensor q,
            Tensor k,
            Tensor v,
            Tensor out,
            Tensor lse,
            Tensor dOut,
            @Nullable Tensor dLse,
            Flex flex) implements FlexOp {
        @Override
        public AttentionShape shape() {
            return FlexShapes.of(q, k, v);
        }

        @Override
        public List<Tensor> inputs() {
            List<Tensor> inputs = new ArrayList<>(List.of(q, k, v, out, lse, dOut));
            if (dLse != null) {
                inputs.add(dLse);
            }
            inputs.addAll(flex.learnable());
            return List.copyOf(inputs);
        }

        @Override
        public List<Shape> outputs() {
            List<Shape> shapes = new ArrayList<>(List.of(q.shape(), k.shape(), v.shape()));
            flex.learnable().forEach(tensor -> shapes.add(tensor.shape()));
            return List.copyOf(shapes);
        }
    }
}
