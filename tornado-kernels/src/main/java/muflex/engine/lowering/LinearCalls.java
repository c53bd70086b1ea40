package muflex.engine.lowering;

import java.util.ArrayList;
import java.util.List;
import muflex.attention.Precision;
import muflex.engine.lowering.Argument.Scalar;
import muflex.engine.lowering.Argument.Scratch;
import muflex.graph.LinearOp;
import muflex.graph.LossOp;
import muflex.graph.Tensor;
import muflex.kernels.GroupMatMul;
import muflex.kernels.GroupMatMulHalf;
import muflex.kernels.GroupTokens;
import muflex.kernels.MatMulKernels;
import muflex.kernels.TokenKernels;

/**
 * Calls of products with matrices, of lookups, and of losses.
 *
 * @param precision what the operands of products are rounded to
 */
record LinearCalls(Machine machine, Precision precision) {

    /** With this few rows a copy of the right operand costs more than it gains. */
    private static final int THIN = 8;

    /** Rows of a work item: enough to use a panel often, few enough for items to spread. */
    private static final int BLOCK = 64;

    /** The most panels of rows and of columns in a work item of a transposed product; what it needs fits the L2 cache. */
    private static final int HIGH = 4;

    private static final int WIDE = 4;

    /** Fragments of 16 rows to a warp whose sums its registers hold; fewer where the product has too few tiles for all units. */
    private static final int MOST_FRAGMENTS = 4;

    List<Call> of(LinearOp op, Tensor out) {
        return switch (op) {
            case LinearOp.MatMul matmul -> matmul(matmul, out);
            case LinearOp.Embedding e -> {
                int dim = e.table().shape().columns();
                int tokens = e.tokens().shape().size();
                yield List.of(Call.loop(TokenKernels.class, "embedding", tokens, dim, e.table(), e.tokens(), out, dim));
            }
            case LinearOp.EmbeddingGradient e -> List.of(embeddingGradient(e, out));
        };
    }

    private Call embeddingGradient(LinearOp.EmbeddingGradient op, Tensor out) {
        int tokens = op.upstream().shape().rows();
        int dim = op.upstream().shape().columns();
        if (machine.groups(GroupTokens.ITEMS, GroupTokens.localFloats())) {
            return new Call.Groups(
                    GroupTokens.class,
                    "embeddingGradient",
                    null,
                    GroupTokens.groups(op.vocab().size(), dim),
                    GroupTokens.ITEMS,
                    false,
                    Call.arguments(op.upstream(), op.tokens(), out, tokens, dim));
        }
        return Call.loop(
                TokenKernels.class,
                "embeddingGradient",
                Math.ceilDiv(dim, machine.lanes()),
                (long) tokens * machine.lanes(),
                op.upstream(),
                op.tokens(),
                out,
                op.vocab().size(),
                dim);
    }

    private List<Call> matmul(LinearOp.MatMul op, Tensor out) {
        if (op.transposeA() && op.transposeB()) {
            throw new IllegalArgumentException(
                    "matmul: expected at most one transposed operand, got both; multiply in the other order");
        }
        if (precision != Precision.SINGLE && op.m() > THIN) {
            return rounded(op, out);
        }
        if (machine.groups(GroupMatMul.ITEMS, GroupMatMul.localFloats()) && op.m() > THIN) {
            return List.of(grouped(op, out));
        }
        if (op.transposeA()) {
            return transposed(op, out);
        }
        return op.m() <= THIN ? List.of(thin(op, out)) : blocked(op, out);
    }

    private static Call grouped(LinearOp.MatMul op, Tensor out) {
        return new Call.Groups(
                GroupMatMul.class,
                "multiply",
                null,
                GroupMatMul.groups(op.m(), op.n()),
                GroupMatMul.ITEMS,
                false,
                Call.arguments(
                        op.a(),
                        op.b(),
                        out,
                        op.alpha(),
                        op.m(),
                        op.n(),
                        op.k(),
                        new Scalar(op.transposeA(), true),
                        new Scalar(op.transposeB(), true)));
    }

    /** On tensor cores. The right operand is packed by columns: transposed, unless the op says so. */
    private List<Call> rounded(LinearOp.MatMul op, Tensor out) {
        Scratch a = new Scratch(0, Math.multiplyExact(op.m(), GroupMatMulHalf.pairs(op.k())));
        Scratch b = new Scratch(1, Math.multiplyExact(op.n(), GroupMatMulHalf.pairs(op.k())));
        Scalar bfloat = new Scalar(precision == Precision.BFLOAT16, true);
        int fragments = MOST_FRAGMENTS;
        while (fragments > 1 && GroupMatMulHalf.groups(op.m(), op.n(), fragments) < 2 * machine.threads()) {
            fragments /= 2;
        }
        boolean whole = machine.groups(GroupMatMulHalf.ITEMS, GroupMatMulHalf.WHOLE.localFloats(fragments));
        GroupMatMulHalf.Travel travel = whole ? GroupMatMulHalf.WHOLE : GroupMatMulHalf.HALVED;
        return List.of(
                pack(op.a(), a, op.m(), op.k(), op.transposeA(), bfloat),
                pack(op.b(), b, op.n(), op.k(), !op.transposeB(), bfloat),
                new Call.Groups(
                        GroupMatMulHalf.class,
                        "multiply",
                        null,
                        GroupMatMulHalf.groups(op.m(), op.n(), fragments),
                        GroupMatMulHalf.ITEMS,
                        true,
                        Call.arguments(
                                a,
                                b,
                                out,
                                op.alpha(),
                                op.m(),
                                op.n(),
                                op.k(),
                                new Scalar(fragments, true),
                                new Scalar(travel.step(), true),
                                new Scalar(travel.stages(), true),
                                bfloat)));
    }

    private static Call pack(Tensor m, Scratch to, int rows, int depth, boolean transposed, Scalar bfloat) {
        return new Call.Groups(
                GroupMatMulHalf.class,
                "pack",
                null,
                GroupMatMulHalf.packGroups(rows, depth),
                GroupMatMulHalf.ITEMS,
                true,
                Call.arguments(m, to, rows, depth, new Scalar(transposed, true), bfloat));
    }

    private List<Call> transposed(LinearOp.MatMul op, Tensor out) {
        int width = machine.panel();
        int high = Math.min(HIGH, Math.ceilDiv(op.m(), width));
        int wide = Math.min(WIDE, Math.ceilDiv(op.n(), width));
        while (high * wide > 1 && blocks(op, width, high, wide) < machine.threads()) {
            if (wide >= high) {
                wide = Math.ceilDiv(wide, 2);
            } else {
                high = Math.ceilDiv(high, 2);
            }
        }
        Scratch a = new Scratch(0, Math.multiplyExact(panels(op.m()) * width, op.k()));
        Scratch b = new Scratch(1, Math.multiplyExact(panels(op.n()) * width, op.k()));
        Call multiply = Call.loop(
                MatMulKernels.class,
                "multiplyTransposed",
                blocks(op, width, high, wide),
                (long) high * width * wide * width * op.k(),
                a,
                b,
                out,
                op.m(),
                op.n(),
                op.k(),
                new Scalar(high, true),
                new Scalar(wide, true));
        return List.of(pack(op.a(), a, 1f, op.k(), op.m()), pack(op.b(), b, op.alpha(), op.k(), op.n()), multiply);
    }

    private int panels(int columns) {
        return Math.ceilDiv(columns, machine.panel());
    }

    private static Call pack(Tensor m, Scratch to, float alpha, int depth, int columns) {
        return Call.loop(
                MatMulKernels.class,
                "pack",
                Math.ceilDiv(depth, MatMulKernels.STRIP),
                (long) MatMulKernels.STRIP * columns,
                m,
                to,
                alpha,
                depth,
                columns);
    }

    private Call packTransposed(Tensor m, Scratch to, float alpha, int depth, int columns) {
        return Call.loop(
                MatMulKernels.class,
                "packTransposed",
                panels(columns),
                (long) machine.panel() * depth,
                m,
                to,
                alpha,
                depth,
                columns);
    }

    private static int blocks(LinearOp.MatMul op, int width, int high, int wide) {
        return Math.ceilDiv(op.m(), high * width) * Math.ceilDiv(op.n(), wide * width);
    }

    private Call thin(LinearOp.MatMul op, Tensor out) {
        String method = op.transposeB() ? "thinTransposed" : "thin";
        int columns = op.transposeB() ? 1 : machine.lanes();
        return Call.loop(
                MatMulKernels.class,
                method,
                Math.ceilDiv(op.n(), columns),
                (long) op.k() * columns * op.m(),
                op.a(),
                op.b(),
                out,
                op.alpha(),
                op.m(),
                op.n(),
                op.k());
    }

    private List<Call> blocked(LinearOp.MatMul op, Tensor out) {
        Scratch packed = new Scratch(0, Math.multiplyExact(panels(op.n()) * machine.panel(), op.k()));
        Call multiply = Call.loop(
                MatMulKernels.class,
                "multiply",
                Math.ceilDiv(op.m(), BLOCK),
                (long) BLOCK * op.n() * op.k(),
                op.a(),
                packed,
                out,
                op.m(),
                op.n(),
                op.k(),
                BLOCK);
        Call pack = op.transposeB()
                ? packTransposed(op.b(), packed, op.alpha(), op.k(), op.n())
                : pack(op.b(), packed, op.alpha(), op.k(), op.n());
        return List.of(pack, multiply);
    }

    List<Call> loss(LossOp op, List<Tensor> out) {
        int rows = op.targets().shape().size();
        int vocab = op.logits().shape().columns();
        Tensor logits = op.logits();
        Tensor targets = op.targets();
        return switch (op) {
            case LossOp.CrossEntropy ce -> {
                List<Call> calls = new ArrayList<>();
                calls.add(Call.loop(
                        TokenKernels.class,
                        "crossEntropy",
                        rows,
                        vocab,
                        logits,
                        targets,
                        out.get(1),
                        out.get(2),
                        vocab));
                calls.addAll(new ElementCalls(machine).total(out.get(1), out.get(0), 1.0 / rows, rows));
                yield calls;
            }
            case LossOp.CrossEntropyGradient g ->
                List.of(Call.loop(
                        TokenKernels.class,
                        "crossEntropyGradient",
                        rows,
                        vocab,
                        logits,
                        targets,
                        g.lse(),
                        g.upstream(),
                        out.get(0),
                        1f / rows,
                        vocab));
        };
    }
}
