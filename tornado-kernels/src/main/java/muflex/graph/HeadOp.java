package muflex.graph;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Ops around attention heads: layouts and rotary positions. */
public sealed interface HeadOp extends Op
        permits HeadOp.SplitHeads, HeadOp.MergeHeads, HeadOp.RotaryTable, HeadOp.Rotary, FlexOp {

    /** {@code [batch, seq, heads·dim]} to {@code [batch, heads, seq, dim]}. */
    record SplitHeads(Tensor x, int heads) implements HeadOp {
        public SplitHeads {
            Checks.floats("splitHeads x", x);
            Checks.rank("splitHeads x", x, 3, "[batch, seq, heads·dim]");
            Checks.that(
                    heads >= 1 && x.shape().columns() % heads == 0,
                    "splitHeads heads: expected a divisor of the last axis of %s, got %s; change the width or the heads",
                    x,
                    heads);
        }

        @Override
        public List<Tensor> inputs() {
            return List.of(x);
        }

        @Override
        public List<Shape> outputs() {
            Shape from = x.shape();
            return List.of(Shape.of(
                    from.axis(0), new Axis("heads", heads), from.axis(1), new Axis("dim", from.size(2) / heads)));
        }
    }

    /** {@code [batch, heads, seq, dim]} to {@code [batch, seq, heads·dim]}: the inverse of {@link SplitHeads}. */
    record MergeHeads(Tensor x) implements HeadOp {
        public MergeHeads {
            Checks.floats("mergeHeads x", x);
            Checks.rank("mergeHeads x", x, 4, "[batch, heads, seq, dim]");
        }

        @Override
        public List<Tensor> inputs() {
            return List.of(x);
        }

        @Override
        public List<Shape> outputs() {
            Shape from = x.shape();
            return List.of(Shape.of(
                    from.axis(0), from.axis(2), new Axis("dim", Math.multiplyExact(from.size(1), from.size(3)))));
        }
    }

    /**
     * The cosines and sines of rotary positions (Su et al., RoFormer, arXiv:2104.09864, section 3.2.2):
     * {@code angle[s, i] = (position + s) · base^(−2i/dim)}, for i in [0, dim/2). Outputs {@code [seq, dim/2]} twice.
     *
     * @param position the absolute position of the first row, an int scalar, or of each, ints {@code [seq]}; null for 0
     */
    record RotaryTable(
            int seq, int dim, double base, @Nullable Tensor position) implements HeadOp {
        public RotaryTable {
            Checks.that(
                    dim >= 2 && dim % 2 == 0,
                    "rope dim: expected an even head dim, got %s; choose another width or number of heads",
                    dim);
            Checks.that(base > 1, "rope base: expected more than 1, got %s; use 10000", base);
            if (position != null) {
                Checks.ints("rope position", position);
                Checks.scalarOrRows("rope position", position, seq);
            }
        }

        @Override
        public List<Tensor> inputs() {
            return position == null ? List.of() : List.of(position);
        }

        @Override
        public List<Shape> outputs() {
            Shape half = Shape.of("seq", seq, "half dim", dim / 2);
            return List.of(half, half);
        }
    }

    /**
     * Rotates the pairs {@code (x[i], x[i + dim/2])} of every row of {@code x [batch, heads, seq, dim]} by the angles of
     * its position. RoFormer pairs neighbours; pairing halves is the same up to a fixed permutation of the columns of
     * the projections, and its loads are contiguous.
     *
     * @param backwards rotate by minus the angle: the derivative
     */
    record Rotary(Tensor x, Tensor cosine, Tensor sine, boolean backwards) implements HeadOp {
        public Rotary {
            Checks.floats("rope x", x);
            Checks.rank("rope x", x, 4, "[batch, heads, seq, dim]");
        }

        @Override
        public List<Tensor> inputs() {
            return List.of(x, cosine, sine);
        }

        @Override
        public List<Shape> outputs() {
            return List.of(x.shape());
        }
    }
}
