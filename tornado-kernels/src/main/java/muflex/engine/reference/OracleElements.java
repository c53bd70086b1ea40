package muflex.engine.reference;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import muflex.expr.Lifted;
import muflex.expr.ScalarFunction;
import muflex.graph.ElementFunction;
import muflex.graph.ElementOp;
import muflex.graph.ReduceOp;
import muflex.graph.Tensor;

/** Element-by-element ops and sums in float64. */
final class OracleElements {

    private final Map<ElementFunction, List<ScalarFunction>> compiled = new HashMap<>();
    private final Values values;

    OracleElements(Values values) {
        this.values = values;
    }

    void run(ElementOp op, double[][] out) {
        switch (op) {
            case ElementOp.Add add -> {
                double[] a = values.of(add.a());
                double[] b = values.of(add.b());
                Arrays.setAll(out[0], i -> a[i] + b[i % b.length]);
            }
            case ElementOp.Scale scale -> {
                double[] a = values.of(scale.a());
                double factor = scale.constant() * values.scalar(scale.scalar(), 1);
                Arrays.setAll(out[0], i -> factor * a[i]);
            }
            case ElementOp.Expand expand -> Arrays.fill(out[0], values.scalar(expand.scalar(), 0));
            case ElementOp.Map map -> map(map, out);
        }
    }

    private void map(ElementOp.Map op, double[][] out) {
        ElementFunction function = op.function();
        double[][] in = op.inputs().stream().map(values::of).toArray(double[][]::new);
        double[] arguments = new double[in.length];
        List<ScalarFunction> functions = compiled.computeIfAbsent(function, OracleElements::compile);
        for (int output = 0; output < out.length; output++) {
            ScalarFunction scalar = functions.get(output);
            for (int i = 0; i < out[output].length; i++) {
                for (int j = 0; j < in.length; j++) {
                    arguments[j] = in[j][i];
                }
                out[output][i] = scalar.evaluate(arguments);
            }
        }
    }

    private static List<ScalarFunction> compile(ElementFunction function) {
        return function.outputs().stream()
                .map(body -> ScalarFunction.inFloat64(new Lifted(function.parameters(), body, function.captures())))
                .toList();
    }

    void reduce(ReduceOp op, double[] out) {
        switch (op) {
            case ReduceOp.Sum sum -> out[0] = Arrays.stream(values.of(sum.x())).sum();
            case ReduceOp.SumRows sum -> {
                double[] x = values.of(sum.x());
                for (int i = 0; i < x.length; i++) {
                    out[i % out.length] += x[i];
                }
            }
            case ReduceOp.SumSquares squares -> {
                for (Tensor input : squares.inputs()) {
                    out[0] += Arrays.stream(values.of(input)).map(x -> x * x).sum();
                }
            }
        }
    }
}
