package muflex.engine.jvm;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import muflex.expr.RowFunction;
import muflex.graph.ElementFunction;
import muflex.graph.ElementOp;

/** Steps of elementwise maps: the code of the lifted function over whole arrays. */
record MapSteps(Kernels kernels, GraphArrays arrays) {

    Step of(ElementOp.Map op, float[][] out) {
        ElementFunction function = op.function();
        RowFunction row = new RowFunction(
                "map",
                function.parameters(),
                Collections.nCopies(function.parameters().size(), RowFunction.Vary.ARRAY),
                function.outputs());
        List<float[]> operands = new ArrayList<>();
        op.inputs().forEach(input -> operands.add(arrays.floats(input)));
        operands.addAll(Arrays.asList(out));
        MethodHandle map = bind(kernels.row(row), operands, function.captures().toArray());
        return new MapStep(
                kernels.workers(), map, op.inputs().getFirst().shape().size());
    }

    /** {@code (int offset, int count)void}: the arrays bound, and one offset for all of them. */
    private static MethodHandle bind(MethodHandle row, List<float[]> operands, Object[] captures) {
        int arrays = operands.size();
        Class<?>[] types = new Class<?>[2 + arrays];
        Arrays.fill(types, float[].class);
        types[0] = int.class;
        types[1] = int.class;
        int[] order = new int[2 * arrays + 1];
        for (int i = 0; i < arrays; i++) {
            order[2 * i] = 2 + i;
        }
        order[2 * arrays] = 1;
        MethodHandle noCaptures = MethodHandles.insertArguments(row, 2 * arrays + 1, (Object) captures);
        MethodHandle oneOffset =
                MethodHandles.permuteArguments(noCaptures, MethodType.methodType(void.class, types), order);
        return MethodHandles.insertArguments(oneOffset, 2, operands.toArray());
    }
}
