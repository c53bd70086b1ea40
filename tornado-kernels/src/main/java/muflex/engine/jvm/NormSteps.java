package muflex.engine.jvm;

import java.util.Arrays;
import java.util.List;
import muflex.graph.NormOp;
import muflex.graph.Tensor;
import muflex.kernels.NormKernels;
import org.jspecify.annotations.Nullable;

/** Steps of norms. A missing gain is an array of ones, a missing bias one of zeros. */
record NormSteps(Kernels kernels, GraphArrays arrays) {

    List<Step> of(NormOp op, float[][] out) {
        int columns = op.x().shape().columns();
        int rows = op.x().shape().rows();
        float[] x = arrays.floats(op.x());
        float[] gain = perColumn(op.gain(), columns, 1);
        return switch (op) {
            case NormOp.RmsNorm n ->
                List.of(kernels.step(
                        NormKernels.class, "rmsNorm", rows, columns, x, gain, out[0], out[1], columns, n.epsilon()));
            case NormOp.LayerNorm n ->
                List.of(kernels.step(
                        NormKernels.class,
                        "layerNorm",
                        rows,
                        columns,
                        x,
                        gain,
                        perColumn(n.bias(), columns, 0),
                        out[0],
                        out[1],
                        out[2],
                        columns,
                        n.epsilon()));
            case NormOp.RmsNormGradient n -> {
                Object[] saved = {x, gain, arrays.floats(n.inverseRoot()), arrays.floats(n.upstream())};
                yield gradient("rmsNormGradient", saved, out, rows, columns);
            }
            case NormOp.LayerNormGradient n -> {
                Object[] saved = {
                    x, gain, arrays.floats(n.mean()), arrays.floats(n.inverseRoot()), arrays.floats(n.upstream())
                };
                yield gradient("layerNormGradient", saved, out, rows, columns);
            }
        };
    }

    private List<Step> gradient(String method, Object[] saved, float[][] out, int rows, int columns) {
        int parts = Math.ceilDiv(rows, NormKernels.ROWS);
        float[] partial = arrays.scratch(parts * columns);
        Object[] arguments = Arrays.copyOf(saved, saved.length + 4);
        arguments[saved.length] = out[0];
        arguments[saved.length + 1] = partial;
        arguments[saved.length + 2] = rows;
        arguments[saved.length + 3] = columns;
        Step rowsStep = kernels.step(NormKernels.class, method, parts, (long) NormKernels.ROWS * columns, arguments);
        return out.length == 1
                ? List.of(rowsStep)
                : List.of(rowsStep, new ElementSteps(kernels, arrays).totalRows(partial, out[1], parts));
    }

    private float[] perColumn(@Nullable Tensor tensor, int columns, float otherwise) {
        if (tensor != null) {
            return arrays.floats(tensor);
        }
        float[] constant = arrays.workspace(columns);
        Arrays.fill(constant, otherwise);
        return constant;
    }
}
