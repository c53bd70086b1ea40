package muflex.engine.jvm;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.Ceilings;
import muflex.engine.Device;
import muflex.engine.Program;
import muflex.engine.Storage;
import muflex.graph.Graph;
import muflex.graph.MemoryPlan;
import muflex.graph.Tensor;

/** This process's cores, with one binding of the lanes. Compiled kernels are kept by the structure of their mods. */
final class JvmDevice implements Device {
    private final String id;
    private final String description;
    private final int preference;
    private final Kernels kernels;

    JvmDevice(String id, String description, int preference, Optional<LaneBinding> lanes) {
        this.id = id;
        this.description = description;
        this.preference = preference;
        kernels = new Kernels(KernelLoader.forLanes(lanes), Workers.shared(), lanes.isPresent());
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
        return new JvmAttention(spec, kernels);
    }

    @Override
    public Program compile(Graph graph, List<Tensor> outputs, Storage storage) {
        return new GraphProgram(MemoryPlan.of(graph, outputs), kernels, storage);
    }
}
