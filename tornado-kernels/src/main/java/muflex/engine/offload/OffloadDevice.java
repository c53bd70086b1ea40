package muflex.engine.offload;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import muflex.attention.Precision;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.Ceilings;
import muflex.engine.Device;
import muflex.engine.Program;
import muflex.engine.Storage;
import muflex.engine.translate.Target.Language;
import muflex.graph.Graph;
import muflex.graph.MemoryPlan;
import muflex.graph.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A device with memory of its own, whose kernels are translated from bytecode. Opened on the first compilation. Reads of
 * captured arrays out of range give 0, where {@code cpu} throws; with {@link Switches#CHECK} kernels
 * check every access and report array, index and line, slowly.
 */
public final class OffloadDevice implements Device {
    private final String id;
    private final String description;
    private final String driver;
    private final int preference;
    private final Language language;
    private final Supplier<Accelerator> open;
    private @Nullable Accelerator accelerator;

    /** @param open makes a context on the device */
    public OffloadDevice(
            String id,
            String description,
            String driver,
            int preference,
            Language language,
            Supplier<Accelerator> open) {
        this.id = id;
        this.description = description;
        this.driver = driver;
        this.preference = preference;
        this.language = language;
        this.open = open;
    }

    private synchronized Platform platform() {
        if (accelerator == null) {
            accelerator = open.get();
        }
        return new Platform(accelerator, language, Switches.checksBounds());
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
    public boolean supports(Precision precision) {
        return precision == Precision.SINGLE || platform().machine().fragments();
    }

    @Override
    public AttentionOp compile(AttentionSpec spec) {
        if (spec.interpret()) {
            throw new UnsupportedOperationException(
                    "interpret: expected a device in this JVM, got " + id + "; use cpu or loops");
        }
        return new OffloadAttention(platform(), spec);
    }

    @Override
    public Program compile(Graph graph, List<Tensor> outputs, Storage storage) {
        return new OffloadProgram(platform(), MemoryPlan.of(graph, outputs), storage);
    }

    @Override
    public Optional<Ceilings> ceilings() {
        return Optional.of(OffloadCeilings.measure(platform()));
    }

    @Override
    public String driver() {
        return driver;
    }
}
