package muflex.engine.jvm;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.ConcurrentHashMap;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.Ceilings;
import muflex.engine.Device;
import muflex.engine.Program;
import muflex.engine.Storage;
import muflex.graph.Graph;
import muflex.graph.Tensor;

/** This process's cores, with one binding of the lanes. Compiled kernels are kept by the structure of their mods. */
final class JvmDevice implements Device {
    private final String id;
    private final String description;
    private final int preference;
    private final boolean vector;
    private final KernelLoader loader;
    private final Workers workers = Workers.shared();
    private final Kernels kernels;
    private final GraphCompiler graphs;
    private final Map<String, AttentionKernels> attention = new ConcurrentHashMap<>();

    JvmDevice(String id, String description, int preference, Optional<LaneBinding> lanes) {
        this.id = id;
        this.description = description;
        this.preference = preference;
        vector = lanes.isPresent();
        loader = KernelLoader.forLanes(lanes);
        kernels = new Kernels(loader, workers, vector);
        graphs = new GraphCompiler(kernels, this::compile);
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public int preference() {
        return preference;
    }

    @Override
    public boolean canInterpret() {
        return true;
    }

    @Override
    public OptionalDouble energyJoules() {
        return Rapl.joules();
    }

    @Override
    public Optional<Ceilings> ceilings() {
        return Optional.of(JvmCeilings.measure(kernels));
    }

    @Override
    public AttentionOp compile(AttentionSpec spec) {
        AttentionMods mods = AttentionMods.of(spec);
        AttentionKernels kernels =
                attention.computeIfAbsent(mods.structure(), structure -> mods.compile(loader, vector));
        return new JvmAttention(spec, kernels, mods, workers);
    }

    @Override
    public Program compile(Graph graph, List<Tensor> outputs, Storage storage) {
        return graphs.compile(graph, outputs, storage);
    }
}
