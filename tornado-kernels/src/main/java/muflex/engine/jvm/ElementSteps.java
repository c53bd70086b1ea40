package muflex.engine.jvm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import muflex.graph.ElementOp;
import muflex.graph.Leaf;
import muflex.graph.ReduceOp;
import muflex.graph.Tensor;
import muflex.kernels.ElementKernels;
import muflex.kernels.ReduceKernels;

/** Steps of ops that treat elements alike, and of sums. */
record ElementSteps(Kernels kernels, GraphArrays arrays) {

    /** The scalar of an op that has none. */
    static final float[] ONE = {1f};

    List<Step> leaf(Leaf leaf, float[] out) {
        return leaf instanceof Leaf.Fill fill ? List.of(fill(ONE, out, fill.value())) : List.of();
    }

    List<Step> of(ElementOp op, float[][] out) {
        return List.of(
                switch (op) {
                    case ElementOp.Add add -> add(add, out[0]);
                    case ElementOp.Scale scale ->
                        span(
                                "scale",
                                out[0],
                                arrays.floats(scale.a()),
                                scale.scalar() == null ? ONE : arrays.floats(scale.scalar()),
                                out[0],
                                scale.constant());
                    case ElementOp.Expand expand -> fill(arrays.floats(expand.scalar()), out[0], 1f);
                    case ElementOp.Map map -> new MapSteps(kernels, arrays).of(map, out);
                });
    }

    private Step add(ElementOp.Add add, float[] out) {
        float[] a = arrays.floats(add.a());
        float[] b = arrays.floats(add.b());
        if (!add.broadcast()) {
            return span("add", out, a, b, out);
        }
        int columns = add.b().shape().size();
        return kernels.step(ElementKernels.class, "addRow", out.length / columns, columns, a, b, out, columns);
    }

    private Step fill(float[] scalar, float[] out, float constant) {
        return span("fill", out, scalar, out, constant);
    }

    /** A kernel over spans of {@code out}, whose last argument is the size. */
    private Step span(String method, float[] out, Object... arguments) {
        Object[] all = Arrays.copyOf(arguments, arguments.length + 1);
        all[arguments.length] = out.length;
        int items = Math.ceilDiv(out.length, ElementKernels.SPAN);
        return kernels.step(ElementKernels.class, method, items, ElementKernels.SPAN, all);
    }

    List<Step> reduce(ReduceOp op, float[] out) {
        return switch (op) {
            case ReduceOp.Sum(Tensor x) -> total("sum", List.of(x), out);
            case ReduceOp.SumSquares(List<Tensor> inputs) -> total("sumSquares", inputs, out);
            case ReduceOp.SumRows(Tensor x, var shape) -> sumRows(arrays.floats(x), out);
        };
    }

    private List<Step> total(String method, List<Tensor> inputs, float[] out) {
        int parts = 0;
        for (Tensor input : inputs) {
            parts += spans(input);
        }
        float[] partial = arrays.scratch(parts);
        List<Step> steps = new ArrayList<>();
        int at = 0;
        for (Tensor input : inputs) {
            float[] x = arrays.floats(input);
            steps.add(kernels.step(
                    ReduceKernels.class, method, spans(input), ReduceKernels.SPAN, x, partial, at, x.length));
            at += spans(input);
        }
        steps.add(total(partial, out, 1, parts));
        return steps;
    }

    private static int spans(Tensor tensor) {
        return Math.ceilDiv(tensor.shape().size(), ReduceKernels.SPAN);
    }

    /** {@code out[0] = factor · Σ partial[0 … count)}. */
    Step total(float[] partial, float[] out, double factor, int count) {
        return kernels.step(ReduceKernels.class, "total", 1, count, partial, out, factor, count);
    }

    private List<Step> sumRows(float[] x, float[] out) {
        int columns = out.length;
        int rows = x.length / columns;
        int parts = Math.ceilDiv(rows, ReduceKernels.ROWS);
        float[] partial = arrays.scratch(parts * columns);
        Step first = kernels.step(
                ReduceKernels.class, "sumRows", parts, (long) ReduceKernels.ROWS * columns, x, partial, rows, columns);
        return List.of(first, totalRows(partial, out, parts));
    }

    /** {@code out[c] = Σ over parts of partial[part, c]}. */
    Step totalRows(float[] partial, float[] out, int parts) {
        int blocks = Math.ceilDiv(out.length, kernels.lanes());
        long size = (long) parts * kernels.lanes();
        return kernels.step(ReduceKernels.class, "totalRows", blocks, size, partial, out, parts, out.length);
    }
}
