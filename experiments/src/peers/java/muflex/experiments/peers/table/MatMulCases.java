package muflex.experiments.peers.table;

import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import muflex.engine.Devices;
import muflex.engine.Program;
import muflex.engine.Storage;
import muflex.experiments.compare.Stopwatch;
import muflex.experiments.cost.Case;
import muflex.experiments.cost.Entry;
import muflex.experiments.peers.Torch;
import muflex.graph.Graph;
import muflex.graph.Shape;
import muflex.graph.Tensor;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.global.torch;

/** The matrix products of a training step of width 512 on 4,096 tokens, forward and backward, beside MKL's sgemm. */
final class MatMulCases {

    private static final int TOKENS = 4096;
    private static final double BUDGET = 1e-3;

    private MatMulCases() {}

    static Stream<Case> all() {
        return Stream.of(
                product("x·W, projections", TOKENS, 512, 512, false, false),
                product("x·W, into the MLP", TOKENS, 512, 2048, false, false),
                product("x·W, out of the MLP", TOKENS, 2048, 512, false, false),
                product("dy·Wᵀ, projections", TOKENS, 512, 512, false, true),
                product("dy·Wᵀ, into the MLP", TOKENS, 2048, 512, false, true),
                product("dy·Wᵀ, out of the MLP", TOKENS, 512, 2048, false, true),
                product("xᵀ·dy, projections", 512, TOKENS, 512, true, false),
                product("xᵀ·dy, into the MLP", 512, TOKENS, 2048, true, false),
                product("xᵀ·dy, out of the MLP", 2048, TOKENS, 512, true, false));
    }

    private static Case product(String what, int rows, int inner, int columns, boolean turnA, boolean turnB) {
        Graph graph = new Graph();
        Tensor a = graph.input(
                "a", turnA ? Shape.of("inner", inner, "rows", rows) : Shape.of("rows", rows, "inner", inner));
        Tensor b = graph.input(
                "b",
                turnB ? Shape.of("columns", columns, "inner", inner) : Shape.of("inner", inner, "columns", columns));
        Tensor product = graph.matmul(a, b, turnA, turnB, 1f);
        Program program = Devices.byId("cpu").compile(graph, List.of(product), new Storage());
        Random random = new Random(1);
        float[] x = program.floats(a);
        float[] y = program.floats(b);
        fill(x, random);
        fill(y, random);
        program.run();

        Torch.useAllCores();
        var left = turnA ? Torch.tensor(x, inner, rows).t() : Torch.tensor(x, rows, inner);
        var right = turnB ? Torch.tensor(y, columns, inner).t() : Torch.tensor(y, inner, columns);
        var result = torch.empty(new long[] {rows, columns});
        Stopwatch.Turn mkl = Torch.turn(() -> {
            try (NoGradGuard _ = new NoGradGuard()) {
                torch.mm_out(result, left, right);
            }
        });
        mkl.run();
        float[] theirs = new float[rows * columns];
        Torch.get(result, theirs);
        double error = difference(what, program.floats(product), theirs);
        String name = what + ", " + rows + "×" + inner + "×" + columns;
        double flops = 2.0 * rows * inner * columns;
        return new Case(
                "matrix products",
                name,
                List.of(
                        new Entry("libtorch", name, flops, Entry.FLOP, null, mkl),
                        new Entry("cpu", name, flops, Entry.FLOP, error, Entry.timed(program::run))),
                () -> {
                    program.close();
                    left.close();
                    right.close();
                    result.close();
                });
    }

    private static void fill(float[] values, Random random) {
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextFloat(-1, 1);
        }
    }

    /** The largest difference of two results; refuses what is more than rounding. */
    private static double difference(String what, float[] ours, float[] theirs) {
        double largest = 0;
        for (int i = 0; i < ours.length; i++) {
            largest = Math.max(largest, Math.abs((double) ours[i] - theirs[i]));
        }
        if (!(largest <= BUDGET)) {
            throw new IllegalStateException(what + ": expected both products within " + BUDGET
                    + ", got a difference of " + largest + "; nothing is timed");
        }
        return largest;
    }
}
