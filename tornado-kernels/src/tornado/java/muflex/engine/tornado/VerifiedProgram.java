package muflex.engine.tornado;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import muflex.attention.BlockMask;
import muflex.attention.Precision;
import muflex.engine.Device;
import muflex.engine.Program;
import muflex.engine.Storage;
import muflex.engine.Timing;
import muflex.graph.ElementType;
import muflex.graph.Graph;
import muflex.graph.Leaf;
import muflex.graph.Node;
import muflex.graph.Tensor;

/**
 * A program whose first run is made on another device first, and compared with that: outputs, parameters and states. So is the
 * first run with a mask that replaces another. TornadoVM can be wrong without saying so.
 */
final class VerifiedProgram implements Program {
    private final Program program;
    private final Graph graph;
    private final List<Tensor> outputs;
    private final Storage storage;
    private final Device oracle;
    private final String device;
    private final Agreement agreement;
    private final double rounding;
    private final List<BlockMask> replaced = new ArrayList<>();
    private boolean verified;

    /**
     * @param agreement with what the other device computes
     * @param products what the program rounds the operands of products to; the other device does not
     */
    VerifiedProgram(
            Program program,
            Graph graph,
            List<Tensor> outputs,
            Storage storage,
            Device oracle,
            String device,
            Agreement agreement,
            Precision products) {
        this.program = program;
        this.graph = graph;
        this.outputs = outputs;
        this.storage = storage;
        this.oracle = oracle;
        this.device = device;
        this.agreement = agreement;
        rounding = Agreement.rounding(products);
    }

    @Override
    public void run() {
        if (verified) {
            program.run();
            return;
        }
        Map<Tensor, float[]> kept = kept();
        List<RoundedUpdate> updates = RoundedUpdate.in(graph, outputs);
        Map<Tensor, float[]> all = expected(kept.keySet(), updates);
        Map<Tensor, Double> least = new HashMap<>();
        updates.forEach(update -> update.addTo(least, rounding, all, kept));
        kept.forEach((tensor, before) -> System.arraycopy(before, 0, storage.floats(tensor), 0, before.length));
        program.run();
        for (Tensor tensor : compared(kept.keySet())) {
            agreement.require(
                    device + " graph, " + tensor,
                    least.getOrDefault(tensor, 0.0),
                    tensor.persistent() ? storage.peek(tensor) : program.floats(tensor),
                    Objects.requireNonNull(all.get(tensor)));
        }
        verified = true;
    }

    /** The parameters and states that the program uses, as they are. */
    private Map<Tensor, float[]> kept() {
        Map<Tensor, float[]> kept = new LinkedHashMap<>();
        for (Node node : graph.needed(outputs)) {
            for (Tensor tensor : node.outputs()) {
                if (tensor.persistent()) {
                    kept.put(tensor, storage.peek(tensor).clone());
                }
            }
        }
        return kept;
    }

    /** Outputs, parameters and states. */
    private Set<Tensor> compared(Set<Tensor> kept) {
        Set<Tensor> compared = new LinkedHashSet<>(kept);
        outputs.stream().filter(output -> output.type() == ElementType.FLOAT).forEach(compared::add);
        return compared;
    }

    /** What the other device makes of the same inputs, and what is to be known of the updates; it changes the storage. */
    private Map<Tensor, float[]> expected(Set<Tensor> kept, List<RoundedUpdate> updates) {
        Set<Tensor> asked = new LinkedHashSet<>(outputs);
        updates.forEach(update -> update.read().forEach(asked::add));
        Map<Tensor, float[]> expected = new LinkedHashMap<>();
        try (Program exact = oracle.compile(graph, List.copyOf(asked), storage)) {
            for (Node node : graph.needed(outputs)) {
                if (node.op() instanceof Leaf.Input) {
                    copy(node.output(0), exact);
                }
            }
            replaced.forEach(exact::replaceMask);
            exact.run();
            for (Tensor output : asked) {
                if (output.type() == ElementType.FLOAT) {
                    expected.put(output, exact.floats(output).clone());
                }
            }
            kept.forEach(tensor -> expected.put(tensor, storage.peek(tensor).clone()));
        }
        return expected;
    }

    private void copy(Tensor input, Program to) {
        if (input.type() == ElementType.INT) {
            System.arraycopy(program.ints(input), 0, to.ints(input), 0, to.ints(input).length);
        } else {
            System.arraycopy(program.floats(input), 0, to.floats(input), 0, to.floats(input).length);
        }
    }

    @Override
    public void replaceMask(BlockMask mask) {
        program.replaceMask(mask);
        if (replaced.isEmpty()) {
            verified = false;
        }
        if (!verified) {
            replaced.add(mask);
        }
    }

    @Override
    public float[] floats(Tensor tensor) {
        return program.floats(tensor);
    }

    @Override
    public int[] ints(Tensor tensor) {
        return program.ints(tensor);
    }

    @Override
    public long bytes() {
        return program.bytes();
    }

    @Override
    public List<Timing> timings() {
        return program.timings();
    }

    @Override
    public void close() {
        program.close();
    }
}
