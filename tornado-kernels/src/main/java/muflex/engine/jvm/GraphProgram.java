package muflex.engine.jvm;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import muflex.engine.Program;
import muflex.engine.Timing;
import muflex.graph.MemoryPlan;
import muflex.graph.Node;
import muflex.graph.Tensor;

/** A graph as a list of kernel calls in this process. */
final class GraphProgram implements Program {

    private final GraphArrays arrays;
    private final AttentionSteps attention;
    private final List<String> kinds = new ArrayList<>();
    private final Step[][] steps;
    private final long[] nanos;
    private long runs;

    GraphProgram(MemoryPlan plan, GraphArrays arrays, Kernels kernels, AttentionSteps attention) {
        this.arrays = arrays;
        this.attention = attention;
        Lowering lowering = new Lowering(kernels, arrays, attention);
        for (Node node : plan.constants()) {
            lowering.steps(node).forEach(Step::run);
        }
        List<Step[]> lowered = new ArrayList<>();
        for (Node node : plan.steps()) {
            kinds.add(node.op().kind());
            lowered.add(lowering.steps(node).toArray(new Step[0]));
        }
        steps = lowered.toArray(new Step[0][]);
        nanos = new long[steps.length];
    }

    @Override
    public void run() {
        long before = System.nanoTime();
        for (int i = 0; i < steps.length; i++) {
            for (Step step : steps[i]) {
                step.run();
            }
            long after = System.nanoTime();
            nanos[i] += after - before;
            before = after;
        }
        runs++;
    }

    @Override
    public float[] floats(Tensor tensor) {
        requireOpen(tensor);
        return arrays.floats(tensor);
    }

    @Override
    public int[] ints(Tensor tensor) {
        requireOpen(tensor);
        return arrays.ints(tensor);
    }

    private void requireOpen(Tensor tensor) {
        if (!arrays.open(tensor)) {
            throw new IllegalArgumentException("program: expected an input, output, parameter or state of it, got "
                    + tensor + "; add it to the outputs");
        }
    }

    @Override
    public long bytes() {
        return arrays.bytes();
    }

    @Override
    public List<Timing> timings() {
        Map<String, Timing> byKind = new LinkedHashMap<>();
        for (int i = 0; i < steps.length; i++) {
            byKind.merge(kinds.get(i), new Timing(kinds.get(i), 1, runs, nanos[i]), Timing::plus);
        }
        return List.copyOf(byKind.values());
    }

    @Override
    public void close() {
        attention.close();
    }
}
