package muflex.engine.jvm;

import java.util.List;
import java.util.function.Function;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.Program;
import muflex.engine.Storage;
import muflex.graph.Graph;
import muflex.graph.MemoryPlan;
import muflex.graph.Tensor;

/**
 * Compiles graphs to programs for one engine.
 *
 * @param attention compiles the attention nodes
 */
record GraphCompiler(Kernels kernels, Function<AttentionSpec, AttentionOp> attention) {

    Program compile(Graph graph, List<Tensor> outputs, Storage storage) {
        MemoryPlan plan = MemoryPlan.of(graph, outputs);
        GraphArrays arrays = new GraphArrays(plan, storage);
        return new GraphProgram(plan, arrays, kernels, new AttentionSteps(arrays, attention));
    }
}
