package muflex.graph;

import java.util.List;

/** Products with weight matrices, and the lookup that is a product with one-hot rows. */
public sealed interface LinearOp extends Op {

    /**
     * {@code alpha · op(a) · op(b)}, where both tensors are seen as matrices {@code [rows, columns]} with leading axes
     * flattened, and op transposes one of them where asked. Without transposeA the result keeps a's leading axes.
     */
    record MatMul(Tensor a, Tensor b, boolean transposeA, boolean transposeB, float alpha) implements LinearOp {
        public MatMul {
            Checks.floats("matmul a", a);
            Checks.floats("matmul b", b);
            Checks.that(
                    a.shape().rank() >= 1 && b.shape().rank() >= 1,
                    "matmul: expected matrices, got %s and %s; use scale(…) for a scalar factor",
                    a,
                    b);
            Checks.that(
                    !(transposeA && transposeB),
                    "matmul: expected at most one transposed operand, got %s and %s both transposed; aᵀ bᵀ is (b a)ᵀ,"
                            + " so multiply b by a",
                    a,
                    b);
            int left = transposeA ? a.shape().rows() : a.shape().columns();
            int right = transposeB ? b.shape().columns() : b.shape().rows();
            Checks.that(
                    left == right,
                    "matmul b: expected %s %s to match a = %s%s, got b = %s%s with %s; transpose or resize one side",
                    transposeB ? "columns" : "rows",
                    left,
                    a,
                    transposeA ? " transposed" : "",
                    b,
                    transposeB ? " transposed" : "",
                    right);
        }

        /** Rows of the result. */
        public int m() {
            return transposeA ? a.shape().columns() : a.shape().rows();
        }

        /** Columns of the result. */
        public int n() {
            return transposeB ? b.shape().rows() : b.shape().columns();
        }

        /** Length of the sums. */
        public int k() {
            return transposeA ? a.shape().rows() : a.shape().columns();
        }

        @Override
        public List<Tensor> inputs() {
            return List.of(a, b);
        }

        @Override
        public List<Shape> outputs() {
            Axis columns = transposeB && b.shape().rank() == 2
                    ? b.shape().axis(0)
                    : transposeB
                            ? new Axis("rows", b.shape().rows())
                            : b.shape().axis(-1);
            return List.of(
                    transposeA
                            ? Shape.of(a.shape().axis(-1), columns)
                            : a.shape().withColumns(columns));
        }
    }

    /** Rows of {@code table [vocab, dim]} chosen by {@code tokens […]}: {@code […, dim]}. */
    record Embedding(Tensor table, Tensor tokens) implements LinearOp {
        public Embedding {
            Checks.floats("embedding table", table);
            Checks.rank("embedding table", table, 2, "[vocab, dim]");
            Checks.ints("embedding tokens", tokens);
        }

        @Override
        public List<Tensor> inputs() {
            return List.of(table, tokens);
        }

        @Override
        public List<Shape> outputs() {
            return List.of(Shapes.append(tokens.shape(), table.shape().axis(1)));
        }
    }

    /**
     * The derivative of {@link Embedding} for the table: rows of {@code upstream […, dim]} added up by token, in the
     * order of the tokens, so that the sums are the same on every run.
     *
     * @param vocab the table's first axis
     */
    record EmbeddingGradient(Tensor upstream, Tensor tokens, Axis vocab) implements LinearOp {
        public EmbeddingGradient {
            Checks.floats("embedding gradient", upstream);
            Checks.ints("embedding tokens", tokens);
        }

        @Override
        public List<Tensor> inputs() {
            return List.of(upstream, tokens);
        }

        @Override
        public List<Shape> outputs() {
            return List.of(Shape.of(vocab, upstream.shape().axis(-1)));
        }
    }
}
