package muflex.engine.offload;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import muflex.attention.AttentionShape;
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
    private final Precision products;
    private @Nullable Accelerator accelerator;

    /** @param open makes a context on the device */
    public OffloadDevice(
            String id,
            String description,
            String driver,
            int preference,
            Language language,
            Supplier<Accelerator> open) {
        this(id, description, driver, preference, language, open, Precision.SINGLE);
    }

    private OffloadDevice(
            String id,
            String description,
            String driver,
            int preference,
            Language language,
            Supplier<Accelerator> open,
            Precision products) {
        this.id = id;
        this.description = description;
        this.driver = driver;
        this.preference = preference;
        this.language = language;
        this.open = open;
        this.products = products;
    }

    private synchronized Accelerator accelerator() {
        if (accelerator == null) {
            accelerator = open.get();
        }
        return accelerator;
    }

    private Platform platform() {
        return new Platform(accelerator(), language, Switches.checksBounds());
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

    /**
     * What its kept forms are named by: another driver or another compiler is measured anew. Of the description the hardware's
     * name, since drivers count their memory anew each time.
     */
    private String tuningName(Platform platform) {
        return description.split(" \\(", 2)[0] + ", " + id + ", driver " + driver
                + (platform.accelerator().compilesJava() ? ", compiles Java" : "");
    }

    @Override
    public List<String> forms() {
        Platform platform = platform();
        return Form.candidates(
                        platform.accelerator().limits(), platform.accelerator().compilesJava())
                .stream()
                .map(Form::toString)
                .toList();
    }

    @Override
    public @Nullable Path keepForm(AttentionShape shape, String form) {
        return Tuned.keep(tuningName(platform()), shape, Form.parse(form));
    }

    @Override
    public Device withProducts(Precision precision) {
        if (!supports(precision)) {
            return Device.super.withProducts(precision);
        }
        String note = precision == Precision.SINGLE ? "" : ", products in " + precision;
        return new OffloadDevice(id, description + note, driver, preference, language, this::accelerator, precision);
    }

    @Override
    public AttentionOp compile(AttentionSpec spec) {
        if (spec.interpret()) {
            throw new UnsupportedOperationException(
                    "interpret: expected a device in this JVM, got " + id + "; use cpu or loops");
        }
        Platform platform = platform();
        Form tuned = Tuned.find(tuningName(platform), spec.shape());
        return new OffloadAttention(tuned == null ? platform : platform.withForm(tuned), spec);
    }

    @Override
    public Program compile(Graph graph, List<Tensor> outputs, Storage storage) {
        return new OffloadProgram(platform(), MemoryPlan.of(graph, outputs), storage, products);
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
