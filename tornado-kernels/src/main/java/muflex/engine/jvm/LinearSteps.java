package muflex.engine.jvm;

import java.util.List;
import muflex.graph.LinearOp;
import muflex.graph.LossOp;
import muflex.kernels.MatMulKernels;
import muflex.kernels.TokenKernels;

/** Steps of products with matrices, of lookups, and of losses. */
record LinearSteps(Kernels kernels, GraphArrays arrays) {

    /** With this few rows a copy of the right operand costs more than it gains. */
    private static final int THIN = 8;

    /** Rows of a work item: enough to use a panel often, few enough for items to spread. */
    private static final int BLOCK = 64;

    /** The most panels of rows and of columns in a work item of a transposed product; what it needs fits the L2 cache. */
    private static final int HIGH = 4;

    private static final int WIDE = 4;

    List<Step> of(LinearOp op, float[] out) {
        return switch (op) {
            case LinearOp.MatMul matmul -> matmul(matmul, out);
            case LinearOp.Embedding e -> {
                int dim = e.table().shape().columns();
                int[] tokens = arrays.ints(e.tokens());
                yield List.of(kernels.step(
                        TokenKernels.class,
                        "embedding",
                        tokens.length,
                        dim,
                        arrays.floats(e.table()),
                        tokens,
                        out,
                        dim));
            }
            case LinearOp.EmbeddingGradient e -> {
                int dim = e.upstream().shape().columns();
                yield List.of(kernels.step(
                        TokenKernels.class,
                        "embeddingGradient",
                        Math.ceilDiv(dim, kernels.lanes()),
                        (long) e.upstream().shape().rows() * kernels.lanes(),
                        arrays.floats(e.upstream()),
                        arrays.ints(e.tokens()),
                        out,
                        e.vocab().size(),
                        dim));
            }
        };
    }

    private List<Step> matmul(LinearOp.MatMul op, float[] out) {
        float[] a = arrays.floats(op.a());
        float[] b = arrays.floats(op.b());
        if (op.transposeA() && op.transposeB()) {
            throw new IllegalArgumentException(
                    "matmul: expected at most one transposed operand, got both; multiply in the other order");
        }
        if (op.transposeA()) {
            return List.of(transposed(op, a, b, out));
        }
        return op.m() <= THIN ? List.of(thin(op, a, b, out)) : blocked(op, a, b, out);
    }

    private Step transposed(LinearOp.MatMul op, float[] a, float[] b, float[] out) {
        int width = kernels.constant(MatMulKernels.class, "width");
        int high = Math.min(HIGH, Math.ceilDiv(op.m(), width));
        int wide = Math.min(WIDE, Math.ceilDiv(op.n(), width));
        while (high * wide > 1
                && blocks(op, width, high, wide) < kernels.workers().threads()) {
            if (wide >= high) {
                wide = Math.ceilDiv(wide, 2);
            } else {
                high = Math.ceilDiv(high, 2);
            }
        }
        return kernels.step(
                MatMulKernels.class,
                "multiplyTransposed",
                blocks(op, width, high, wide),
                (long) high * width * wide * width * op.k(),
                a,
                b,
                out,
                op.alpha(),
                op.m(),
                op.n(),
                op.k(),
                high,
                wide);
    }

    private static int blocks(LinearOp.MatMul op, int width, int high, int wide) {
        return Math.ceilDiv(op.m(), high * width) * Math.ceilDiv(op.n(), wide * width);
    }

    private Step thin(LinearOp.MatMul op, float[] a, float[] b, float[] out) {
        String method = op.transposeB() ? "thinTransposed" : "thin";
        int columns = op.transposeB() ? 1 : kernels.lanes();
        return kernels.step(
                MatMulKernels.class,
                method,
                Math.ceilDiv(op.n(), columns),
                (long) op.k() * columns * op.m(),
                a,
                b,
                out,
                op.alpha(),
                op.m(),
                op.n(),
                op.k());
    }

    private List<Step> blocked(LinearOp.MatMul op, float[] a, float[] b, float[] out) {
        int width = kernels.constant(MatMulKernels.class, "width");
        int panels = Math.ceilDiv(op.n(), width);
        float[] packed = arrays.scratch(panels * width * op.k());
        Step pack = kernels.step(
                MatMulKernels.class,
                op.transposeB() ? "packTransposed" : "pack",
                panels,
                (long) width * op.k(),
                b,
                packed,
                op.alpha(),
                op.k(),
                op.n());
        Step multiply = kernels.step(
                MatMulKernels.class,
                "multiply",
                Math.ceilDiv(op.m(), BLOCK),
                (long) BLOCK * op.n() * op.k(),
                a,
                packed,
                out,
                op.m(),
                op.n(),
                op.k(),
                BLOCK);
        return List.of(pack, multiply);
    }

    List<Step> loss(LossOp op, float[][] out) {
        int rows = op.targets().shape().size();
        int vocab = op.logits().shape().columns();
        float[] logits = arrays.floats(op.logits());
        int[] targets = arrays.ints(op.targets());
        return switch (op) {
            case LossOp.CrossEntropy ce ->
                List.of(
                        kernels.step(
                                TokenKernels.class,
                                "crossEntropy",
                                rows,
                                vocab,
                                logits,
                                targets,
                                out[1],
                                out[2],
                                vocab),
                        new ElementSteps(kernels, arrays).total(out[1], out[0], 1.0 / rows, rows));
            case LossOp.CrossEntropyGradient g ->
                List.of(kernels.step(
                        TokenKernels.class,
                        "crossEntropyGradient",
                        rows,
                        vocab,
                        logits,
                        targets,
                        arrays.floats(g.lse()),
                        arrays.floats(g.upstream()),
                        out[0],
                        1f / rows,
                        vocab));
        };
    }
}
