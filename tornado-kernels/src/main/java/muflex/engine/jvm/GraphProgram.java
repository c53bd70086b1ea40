package muflex.engine.jvm;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import muflex.attention.BlockMask;
import muflex.engine.Program;
import muflex.engine.Storage;
import muflex.engine.Timing;
import muflex.engine.lowering.Call;
import muflex.engine.lowering.GraphLowering;
import muflex.graph.MemoryPlan;
import muflex.graph.Node;
import muflex.graph.Tensor;

/** A graph as a list of kernel calls in this process. */
final class GraphProgram implements Program {

    private final GraphArrays arrays;
    private final Storage storage;
    private final GraphLowering lowering;
    private final Binder binder;
    private final List<String> kinds = new ArrayList<>();
    private final Step[][] steps;
    private final long[] nanos;
    private long runs;

    GraphProgram(MemoryPlan plan, Kernels kernels, Storage storage) {
        this.storage = storage;
        arrays = new GraphArrays(plan, storage);
        lowering = new GraphLowering(kernels.machine());
        binder = new Binder(kernels, new float[0][], arrays::array);
        List<List<Call>> calls = new ArrayList<>();
        for (Node node : plan.steps()) {
            kinds.add(node.op().kind());
            calls.add(lowering.calls(node));
        }
        List<Call> constants = new ArrayList<>();
        plan.constants().forEach(node -> constants.addAll(lowering.calls(node)));
        binder.reserve(constants);
        calls.forEach(binder::reserve);
        for (Step step : binder.bind(constants)) {
            step.run();
        }
        steps = calls.stream().map(binder::bind).toArray(Step[][]::new);
        nanos = new long[steps.length];
    }

    @Override
    public void run() {
        storage.bringHome();
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
        return tensor.persistent() ? storage.floats(tensor) : arrays.floats(tensor);
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
    public void replaceMask(BlockMask mask) {
        lowering.replaceMask(mask);
    }

    @Override
    public long bytes() {
        return arrays.bytes() + binder.bytes();
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
    public void close() {}
}
