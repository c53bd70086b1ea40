package muflex.engine.jvm;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.Device;

/** This process's cores, with one binding of the lanes. Compiled kernels are kept by the structure of their mods. */
final class JvmDevice implements Device {
    private final String id;
    private final String description;
    private final int preference;
    private final KernelLoader loader;
    private final Workers workers = Workers.shared();
    private final Map<String, AttentionKernels> attention = new ConcurrentHashMap<>();

    JvmDevice(String id, String description, int preference, Optional<LaneBinding> lanes) {
        this.id = id;
        this.description = description;
        this.preference = preference;
        loader = KernelLoader.forLanes(lanes);
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
    public AttentionOp compile(AttentionSpec spec) {
        AttentionMods mods = AttentionMods.of(spec);
        AttentionKernels kernels = attention.computeIfAbsent(mods.structure(), structure -> mods.compile(loader));
        return new JvmAttention(spec, kernels, mods, workers);
    }
}
