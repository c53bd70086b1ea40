package muflex.engine.tornado;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import muflex.attention.AttentionShape;
import muflex.attention.Precision;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.Ceilings;
import muflex.engine.Device;
import muflex.engine.Devices;
import muflex.engine.Program;
import muflex.engine.Storage;
import muflex.engine.offload.Limits;
import muflex.engine.offload.OffloadDevice;
import muflex.graph.Graph;
import muflex.graph.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A device of TornadoVM. The first answers of everything compiled are compared with {@code loops} or {@code cpu}; the system
 * property {@code muflex.verify=false} turns that off.
 */
final class TornadoDevice implements Device {
    /** Below {@code cuda} and {@code opencl}, which need no TornadoVM between and give a group more memory. */
    private static final int GPU = 90;

    /** Below the JVM's own engines: a CPU is faster without a driver between. */
    private static final int OTHER = 6;

    private final Device device;

    /** The kernels that ran last. */
    private final Supplier<String> kernels;

    /** What the operands of a graph's products are rounded to. */
    private final Precision products;

    private TornadoDevice(Device device, Supplier<String> kernels, Precision products) {
        this.device = device;
        this.kernels = kernels;
        this.products = products;
    }

    /** {@code tornado:backend:index}. */
    static Device of(TornadoVm.Found found) {
        String id = "tornado:" + found.backend() + ":" + found.index();
        DeviceFacts facts = DeviceFacts.of(found.vm().device(), found.vm().backend());
        Release.running().limitMemory(found.vm().device(), facts.limits().memory());
        AtomicReference<@Nullable TornadoAccelerator> opened = new AtomicReference<>();
        OffloadDevice device = new OffloadDevice(
                id,
                facts.description(),
                facts.driver(),
                facts.limits().type() == Limits.Type.GPU ? GPU : OTHER,
                found.vm().prebuilt().orElseThrow().language(),
                () -> {
                    TornadoAccelerator accelerator = new TornadoAccelerator(id, found.vm(), facts.limits());
                    opened.set(accelerator);
                    return accelerator;
                });
        return new TornadoDevice(
                device, () -> Objects.requireNonNull(opened.get()).lastKernels(), Precision.SINGLE);
    }

    private static boolean verifies() {
        return !"false".equals(System.getProperty("muflex.verify"));
    }

    @Override
    public String id() {
        return device.id();
    }

    @Override
    public String description() {
        return device.description();
    }

    @Override
    public int preference() {
        return device.preference();
    }

    @Override
    public boolean supports(Precision precision) {
        return device.supports(precision);
    }

    @Override
    public Device withProducts(Precision precision) {
        return new TornadoDevice(device.withProducts(precision), kernels, precision);
    }

    @Override
    public List<String> forms() {
        return device.forms();
    }

    @Override
    public @Nullable Path keepForm(AttentionShape shape, String form) {
        return device.keepForm(shape, form);
    }

    @Override
    public AttentionOp compile(AttentionSpec spec) {
        AttentionOp op = device.compile(spec);
        return verifies()
                ? new VerifiedAttention(
                        op,
                        spec,
                        new AttentionCheck(
                                spec, Devices.byId("loops"), id(), Agreement.of(spec.precision(), "loops", kernels)))
                : op;
    }

    @Override
    public Program compile(Graph graph, List<Tensor> outputs, Storage storage) {
        Program program = device.compile(graph, outputs, storage);
        return verifies()
                ? new VerifiedProgram(
                        program,
                        graph,
                        outputs,
                        storage,
                        Devices.byId("cpu"),
                        id(),
                        Agreement.ofPrograms(products, "cpu", kernels),
                        products)
                : program;
    }

    @Override
    public Optional<Ceilings> ceilings() {
        return device.ceilings();
    }

    @Override
    public String driver() {
        return device.driver();
    }
}
