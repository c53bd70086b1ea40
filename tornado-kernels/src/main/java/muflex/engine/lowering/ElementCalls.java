package muflex.engine.lowering;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import muflex.engine.lowering.Argument.Array;
import muflex.engine.lowering.Argument.Floats;
import muflex.engine.lowering.Argument.OfTensor;
import muflex.engine.lowering.Argument.Scratch;
import muflex.expr.RowFunction;
import muflex.graph.ElementFunction;
import muflex.graph.ElementOp;
import muflex.graph.Leaf;
import muflex.graph.ReduceOp;
import muflex.graph.Tensor;
import muflex.kernels.ElementKernels;
import muflex.kernels.ReduceKernels;

/** Calls of ops that treat elements alike, and of sums. */
record ElementCalls(Machine machine) {

    /** The scalar of an op that has none. */
    static final Floats ONE = new Floats(new float[] {1f});

    /** Numbers that one work item of a GPU may sum. */
    private static final int MOST_OF_ONE = 1024;

    List<Call> leaf(Leaf leaf, Tensor out) {
        return leaf instanceof Leaf.Fill fill ? List.of(fill(ONE, out, fill.value())) : List.of();
    }

    List<Call> of(ElementOp op, List<Tensor> out) {
        return List.of(
                switch (op) {
                    case ElementOp.Add add -> add(add, out.get(0));
                    case ElementOp.Scale scale ->
                        span(
                                "scale",
                                out.get(0),
                                scale.a(),
                                scale.scalar() == null ? ONE : scale.scalar(),
                                out.get(0),
                                scale.constant());
                    case ElementOp.Expand expand -> fill(expand.scalar(), out.get(0), 1f);
                    case ElementOp.Map map -> map(map, out);
                });
    }

    private Call add(ElementOp.Add add, Tensor out) {
        if (!add.broadcast()) {
            return span("add", out, add.a(), add.b(), out);
        }
        int columns = add.b().shape().size();
        return Call.loop(
                ElementKernels.class, "addRow", out.shape().size() / columns, columns, add.a(), add.b(), out, columns);
    }

    private Call fill(Object scalar, Tensor out, float constant) {
        return span("fill", out, scalar, out, constant);
    }

    /** A kernel over spans of {@code out}, whose last arguments are its size and the span. */
    private Call span(String method, Tensor out, Object... arguments) {
        Object[] all = Arrays.copyOf(arguments, arguments.length + 2);
        all[arguments.length] = out.shape().size();
        all[arguments.length + 1] = machine.span();
        int items = Math.ceilDiv(out.shape().size(), machine.span());
        return Call.loop(ElementKernels.class, method, items, machine.span(), all);
    }

    private static Call map(ElementOp.Map op, List<Tensor> out) {
        ElementFunction function = op.function();
        RowFunction row = new RowFunction(
                "map",
                function.parameters(),
                Collections.nCopies(function.parameters().size(), RowFunction.Vary.ARRAY),
                function.outputs());
        List<Array> arrays = new ArrayList<>();
        op.inputs().forEach(input -> arrays.add(new OfTensor(input)));
        out.forEach(output -> arrays.add(new OfTensor(output)));
        return new Call.Elementwise(
                row, function.captures(), op.inputs().getFirst().shape().size(), arrays);
    }

    List<Call> reduce(ReduceOp op, Tensor out) {
        return switch (op) {
            case ReduceOp.Sum(Tensor x) -> total("sum", List.of(x), out);
            case ReduceOp.SumSquares(List<Tensor> inputs) -> total("sumSquares", inputs, out);
            case ReduceOp.SumRows(Tensor x, var shape) -> sumRows(x, out);
        };
    }

    private List<Call> total(String method, List<Tensor> inputs, Tensor out) {
        int parts = 0;
        for (Tensor input : inputs) {
            parts += spans(input);
        }
        Scratch partial = new Scratch(0, parts);
        List<Call> steps = new ArrayList<>();
        int at = 0;
        for (Tensor input : inputs) {
            steps.add(Call.loop(
                    ReduceKernels.class,
                    method,
                    spans(input),
                    machine.sumSpan(),
                    input,
                    partial,
                    at,
                    input.shape().size(),
                    machine.sumSpan()));
            at += spans(input);
        }
        steps.addAll(total(partial, out, 1, parts));
        return steps;
    }

    private int spans(Tensor tensor) {
        return Math.ceilDiv(tensor.shape().size(), machine.sumSpan());
    }

    /** {@code out[0] = factor · Σ partial[0 … count)}; on a GPU many are summed to few first, as a single work item is slow. */
    List<Call> total(Object partial, Tensor out, double factor, int count) {
        List<Call> calls = new ArrayList<>();
        Object from = partial;
        int left = count;
        for (int index = 1; machine.family() == Machine.Family.GROUPS && left > MOST_OF_ONE; index++) {
            int span = machine.sumSpan();
            Scratch to = new Scratch(index, Math.ceilDiv(left, span));
            calls.add(Call.loop(ReduceKernels.class, "sum", to.size(), span, from, to, 0, left, span));
            from = to;
            left = to.size();
        }
        calls.add(Call.loop(ReduceKernels.class, "total", 1, left, from, out, factor, left));
        return calls;
    }

    private List<Call> sumRows(Tensor x, Tensor out) {
        int columns = out.shape().size();
        int rows = x.shape().size() / columns;
        int parts = Math.ceilDiv(rows, 2 * machine.rows());
        Scratch partial = new Scratch(0, parts * columns);
        Call first = Call.loop(
                ReduceKernels.class,
                "sumRows",
                parts,
                2L * machine.rows() * columns,
                x,
                partial,
                rows,
                columns,
                2 * machine.rows());
        return List.of(first, totalRows(partial, out, parts));
    }

    /** {@code out[c] = Σ over parts of partial[part, c]}. */
    Call totalRows(Scratch partial, Tensor out, int parts) {
        int blocks = Math.ceilDiv(out.shape().size(), machine.lanes());
        long size = (long) parts * machine.lanes();
        return Call.loop(
                ReduceKernels.class,
                "totalRows",
                blocks,
                size,
                partial,
                out,
                parts,
                out.shape().size());
    }
}
