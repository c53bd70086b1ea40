package muflex.engine.lowering;

import java.util.Arrays;
import java.util.List;
import muflex.engine.lowering.Argument.Floats;
import muflex.engine.lowering.Argument.Scalar;
import muflex.engine.lowering.Argument.Scratch;
import muflex.graph.NormOp;
import muflex.graph.Tensor;
import muflex.kernels.GroupNorm;
import muflex.kernels.NormKernels;
import org.jspecify.annotations.Nullable;

/** Calls of norms. A missing gain is an array of ones, a missing bias one of zeros. */
record NormCalls(Machine machine) {
    /** Work groups of a gradient for each compute unit: enough to fill it, few enough partial sums. */
    private static final int GROUPS_A_UNIT = 4;

    List<Call> of(NormOp op, List<Tensor> out) {
        int columns = op.x().shape().columns();
        int rows = op.x().shape().rows();
        Tensor x = op.x();
        Object gain = perColumn(op.gain(), columns, 1);
        if (machine.groups(GroupNorm.ITEMS, GroupNorm.localFloats())) {
            return grouped(op, gain, out, rows, columns);
        }
        return switch (op) {
            case NormOp.RmsNorm n ->
                List.of(Call.loop(
                        NormKernels.class,
                        "rmsNorm",
                        rows,
                        columns,
                        x,
                        gain,
                        out.get(0),
                        out.get(1),
                        columns,
                        n.epsilon()));
            case NormOp.LayerNorm n ->
                List.of(Call.loop(
                        NormKernels.class,
                        "layerNorm",
                        rows,
                        columns,
                        x,
                        gain,
                        perColumn(n.bias(), columns, 0),
                        out.get(0),
                        out.get(1),
                        out.get(2),
                        columns,
                        n.epsilon()));
            case NormOp.RmsNormGradient n -> {
                Object[] saved = {x, gain, n.inverseRoot(), n.upstream()};
                yield gradient("rmsNormGradient", saved, out, rows, columns);
            }
            case NormOp.LayerNormGradient n -> {
                Object[] saved = {x, gain, n.mean(), n.inverseRoot(), n.upstream()};
                yield gradient("layerNormGradient", saved, out, rows, columns);
            }
        };
    }

    private List<Call> gradient(String method, Object[] saved, List<Tensor> out, int rows, int columns) {
        int parts = Math.ceilDiv(rows, machine.rows());
        Scratch partial = new Scratch(0, parts * columns);
        Object[] arguments = Arrays.copyOf(saved, saved.length + 5);
        arguments[saved.length] = out.get(0);
        arguments[saved.length + 1] = partial;
        arguments[saved.length + 2] = rows;
        arguments[saved.length + 3] = columns;
        arguments[saved.length + 4] = machine.rows();
        Call rowsCall = Call.loop(NormKernels.class, method, parts, (long) machine.rows() * columns, arguments);
        return out.size() == 1
                ? List.of(rowsCall)
                : List.of(rowsCall, new ElementCalls(machine).totalRows(partial, out.get(1), parts));
    }

    /** By work groups. RMSNorm gives r for the mean that it has none of, and the gain for the bias. */
    private List<Call> grouped(NormOp op, Object gain, List<Tensor> out, int rows, int columns) {
        return switch (op) {
            case NormOp.RmsNorm n -> {
                Tensor r = out.get(1);
                yield List.of(groups(
                        "forward", rows, op.x(), gain, gain, out.get(0), r, r, columns, n.epsilon(), compiled(false)));
            }
            case NormOp.LayerNorm n -> {
                Object bias = perColumn(n.bias(), columns, 0);
                yield List.of(groups(
                        "forward",
                        rows,
                        op.x(),
                        gain,
                        bias,
                        out.get(0),
                        out.get(1),
                        out.get(2),
                        columns,
                        n.epsilon(),
                        compiled(true)));
            }
            case NormOp.RmsNormGradient n -> {
                Object[] saved = {op.x(), gain, n.inverseRoot(), n.inverseRoot(), n.upstream()};
                yield groupedGradient(saved, out, rows, columns, false);
            }
            case NormOp.LayerNormGradient n -> {
                Object[] saved = {op.x(), gain, n.mean(), n.inverseRoot(), n.upstream()};
                yield groupedGradient(saved, out, rows, columns, true);
            }
        };
    }

    private List<Call> groupedGradient(Object[] saved, List<Tensor> out, int rows, int columns, boolean centred) {
        int block = Math.ceilDiv(rows, GROUPS_A_UNIT * machine.threads());
        int parts = Math.ceilDiv(rows, block);
        Scratch partial = new Scratch(0, Math.multiplyExact(parts, columns));
        Object[] arguments = Arrays.copyOf(saved, saved.length + 6);
        arguments[saved.length] = out.get(0);
        arguments[saved.length + 1] = partial;
        arguments[saved.length + 2] = rows;
        arguments[saved.length + 3] = columns;
        arguments[saved.length + 4] = block;
        arguments[saved.length + 5] = compiled(centred);
        Call rowsCall = groups("gradient", parts, arguments);
        return out.size() == 1
                ? List.of(rowsCall)
                : List.of(rowsCall, new ElementCalls(machine).totalRows(partial, out.get(1), parts));
    }

    private static Call groups(String method, int groups, Object... arguments) {
        return new Call.Groups(
                GroupNorm.class, method, null, groups, GroupNorm.ITEMS, false, Call.arguments(arguments));
    }

    private static Scalar compiled(boolean centred) {
        return new Scalar(centred, true);
    }

    private static Object perColumn(@Nullable Tensor tensor, int columns, float otherwise) {
        if (tensor != null) {
            return tensor;
        }
        float[] constant = new float[columns];
        Arrays.fill(constant, otherwise);
        return new Floats(constant);
    }
}
