package muflex.engine.offload;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import muflex.attention.BlockMask;
import muflex.attention.Precision;
import muflex.engine.Program;
import muflex.engine.Storage;
import muflex.engine.lowering.Argument;
import muflex.engine.lowering.Argument.Array;
import muflex.engine.lowering.Call;
import muflex.engine.lowering.GraphLowering;
import muflex.engine.offload.Code.Launch;
import muflex.graph.ElementType;
import muflex.graph.MemoryPlan;
import muflex.graph.MemoryPlan.Place;
import muflex.graph.Node;
import muflex.graph.Tensor;
import muflex.graph.UpdateOp;
import org.jspecify.annotations.Nullable;

/**
 * A graph as launches on an accelerator. A run copies inputs there and outputs back, and parameters only where the host
 * has asked for their arrays since the last run.
 */
final class OffloadProgram implements Program {
    private final MemoryPlan plan;
    private final Storage storage;
    private final Platform platform;
    private final Accelerator accelerator;
    private final DeviceStorage persistent;
    private final LiveArrays live;
    private final CallBinder binder;
    private final GraphLowering lowering;
    private final Map<Integer, DeviceArray> shared = new HashMap<>();
    private final Map<Tensor, DeviceArray> own = new LinkedHashMap<>();
    private final Map<Tensor, float[]> floats = new HashMap<>();
    private final Map<Tensor, int[]> ints = new HashMap<>();
    private final Set<Tensor> kept = new HashSet<>();
    private final Set<Tensor> updated = new HashSet<>();
    private final List<Launch> launches = new ArrayList<>();

    OffloadProgram(Platform platform, MemoryPlan plan, Storage storage, Precision precision) {
        this.plan = plan;
        this.storage = storage;
        this.platform = platform;
        accelerator = platform.accelerator();
        persistent = DeviceStorage.acquire(storage, accelerator);
        live = new LiveArrays(accelerator, persistent::placeOf);
        binder = new CallBinder(platform, "graph", this::array, live);
        lowering = new GraphLowering(platform.machine(), precision);
        try {
            bind();
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private void bind() {
        plan.tensors().forEach(this::place);
        List<List<Call>> calls = new ArrayList<>();
        plan.constants().forEach(node -> calls.add(lowering.calls(node)));
        int constants = calls.size();
        for (Node node : plan.steps()) {
            calls.add(lowering.calls(node));
            if (node.op() instanceof UpdateOp update) {
                update.changed().forEach(tensor -> updated.add(MemoryPlan.root(tensor)));
            }
        }
        List<List<Launch>> bound = binder.bind(calls);
        bound.subList(0, constants).forEach(node -> node.forEach(Launch::enqueue));
        bound.subList(constants, bound.size()).forEach(launches::addAll);
        accelerator.finish();
    }

    private void place(Tensor tensor) {
        int size = tensor.shape().size();
        Place place = plan.place(tensor);
        switch (place) {
            case STORAGE -> {
                Tensor root = MemoryPlan.root(tensor);
                kept.add(root);
                persistent.array(root);
            }
            case SHARED ->
                shared.computeIfAbsent(
                        plan.slot(tensor),
                        slot -> allocate("graph", plan.slotSizes().get(slot)));
            case INPUT, CONSTANT, OUTPUT -> {
                own.put(tensor, allocate(tensor.name(), size));
                if (tensor.type() == ElementType.INT) {
                    ints.put(tensor, new int[size]);
                } else {
                    floats.put(tensor, new float[size]);
                }
            }
        }
    }

    private DeviceArray allocate(String what, int size) {
        return new DeviceArray(accelerator.allocate(what, 4L * size), size);
    }

    private DeviceArray array(Array array) {
        if (!(array instanceof Argument.OfTensor(Tensor tensor))) {
            throw new IllegalArgumentException("graph: expected arrays of tensors, got " + array);
        }
        return switch (plan.place(tensor)) {
            case STORAGE -> persistent.array(MemoryPlan.root(tensor));
            case SHARED -> Objects.requireNonNull(shared.get(plan.slot(tensor)));
            case INPUT, CONSTANT, OUTPUT -> Objects.requireNonNull(own.get(tensor));
        };
    }

    @Override
    public void run() {
        kept.forEach(persistent::upload);
        own.forEach((tensor, array) -> {
            if (plan.place(tensor) == Place.INPUT) {
                write(tensor, array.memory());
            }
        });
        live.refresh();
        launches.forEach(Launch::enqueue);
        accelerator.finish();
        updated.forEach(persistent::changed);
        binder.check();
        own.forEach((tensor, array) -> {
            if (plan.place(tensor) == Place.OUTPUT) {
                array.memory().read(Objects.requireNonNull(floats.get(tensor)));
            }
        });
        if (Switches.profiles()) {
            platform.takeTimes();
        }
    }

    private void write(Tensor tensor, Memory memory) {
        if (tensor.type() == ElementType.INT) {
            memory.write(Objects.requireNonNull(ints.get(tensor)));
        } else {
            memory.write(Objects.requireNonNull(floats.get(tensor)));
        }
    }

    @Override
    public float[] floats(Tensor tensor) {
        if (tensor.type() == ElementType.FLOAT && kept.contains(MemoryPlan.root(tensor))) {
            return storage.floats(MemoryPlan.root(tensor));
        }
        float[] array = open(floats.get(tensor), tensor, "a float input, output, parameter or state");
        if (plan.place(tensor) == Place.CONSTANT) {
            Objects.requireNonNull(own.get(tensor)).memory().read(array);
        }
        return array;
    }

    @Override
    public int[] ints(Tensor tensor) {
        return open(ints.get(tensor), tensor, "an int input");
    }

    private static <T> T open(@Nullable T array, Tensor tensor, String what) {
        if (array == null) {
            throw new IllegalArgumentException(
                    "program: expected " + what + " of it, got " + tensor + "; add it to the outputs");
        }
        return array;
    }

    @Override
    public void replaceMask(BlockMask mask) {
        lowering.replaceMask(mask);
    }

    @Override
    public long bytes() {
        long arrays = own.values().stream().mapToLong(a -> 4L * a.length()).sum()
                + shared.values().stream().mapToLong(a -> 4L * a.length()).sum();
        return arrays + binder.bytes() + live.bytes();
    }

    @Override
    public void close() {
        binder.close();
        live.close();
        own.values().forEach(array -> array.memory().close());
        shared.values().forEach(array -> array.memory().close());
        persistent.release();
    }
}
