package muflex.experiments.cudnn;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import muflex.attention.AttentionShape;
import muflex.engine.DeviceTimes;
import muflex.experiments.compare.PeerOp;
import muflex.experiments.report.Samples;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.common.Access;
import uk.ac.manchester.tornado.api.common.LibraryTaskDescriptor;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.exceptions.TornadoExecutionPlanException;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/**
 * One attention operation of cuDNN, by the functions {@code sdpaForward} and {@code cudnnRelu} of TornadoVM's module {@code
 * tornado.cudnn}. TornadoVM's profiler does not time library tasks: a task's time is the difference of a graph of many and a graph of
 * one.
 */
final class CuDnnAttention implements PeerOp {
    private static final String LIBRARY = "nvidia/cudnn";

    /** Runs of a graph, of which the median counts. */
    private static final int RUNS = 5;

    private static final AtomicInteger GRAPHS = new AtomicInteger();

    private final TornadoDevice device;
    private final AttentionShape shape;
    private final float scale;
    private final boolean causal;
    private final HalfFloatArray q;
    private final HalfFloatArray k;
    private final HalfFloatArray v;
    private final HalfFloatArray out;
    private final FloatArray one = new FloatArray(1);
    private final FloatArray end = new FloatArray(1);
    private final TornadoExecutionPlan forward;

    /** Graphs of so many tasks, on operands that stay on the device. */
    private final Map<Integer, TornadoExecutionPlan> many = new HashMap<>();

    private long nanos;

    CuDnnAttention(TornadoDevice device, AttentionShape shape, float scale, boolean causal) {
        this.device = device;
        this.shape = shape;
        this.scale = scale;
        this.causal = causal;
        q = new HalfFloatArray(shape.querySize());
        k = new HalfFloatArray(shape.keySize());
        v = new HalfFloatArray(shape.valueSize());
        out = new HalfFloatArray(shape.outSize());
        one.init(1);
        TaskGraph graph = graph().transferToDevice(DataTransferMode.EVERY_EXECUTION, q, k, v);
        addTasks(graph, 1);
        forward = plan(graph.transferToHost(DataTransferMode.EVERY_EXECUTION, out));
    }

    private static TaskGraph graph() {
        return new TaskGraph("cudnn" + GRAPHS.incrementAndGet());
    }

    private void addTasks(TaskGraph graph, int tasks) {
        for (int t = 0; t < tasks; t++) {
            graph.libraryTask(
                    "sdpa" + t,
                    CuDnnAttention::attention,
                    q,
                    k,
                    v,
                    out,
                    shape.batch(),
                    shape.queryHeads(),
                    shape.queryLength(),
                    shape.kvLength(),
                    shape.headDim(),
                    scale,
                    causal);
        }
    }

    private TornadoExecutionPlan plan(TaskGraph graph) {
        return new TornadoExecutionPlan(graph.snapshot()).withDevice(device);
    }

    /** The arguments in TornadoVM's order, the fourth written. */
    private static LibraryTaskDescriptor attention(
            HalfFloatArray q,
            HalfFloatArray k,
            HalfFloatArray v,
            HalfFloatArray out,
            int batch,
            int heads,
            int queries,
            int keys,
            int dim,
            float scale,
            boolean causal) {
        Object[] arguments = {q, k, v, out, batch, heads, queries, keys, dim, scale, causal};
        Access[] accesses = new Access[arguments.length];
        Arrays.fill(accesses, Access.READ_ONLY);
        accesses[3] = Access.WRITE_ONLY;
        return task("sdpaForward", arguments, accesses);
    }

    private static LibraryTaskDescriptor relu(FloatArray x, FloatArray y, int size) {
        return task("cudnnRelu", new Object[] {x, y, size}, new Access[] {
            Access.READ_ONLY, Access.WRITE_ONLY, Access.READ_ONLY
        });
    }

    private static LibraryTaskDescriptor task(String function, Object[] arguments, Access[] accesses) {
        return new LibraryTaskDescriptor()
                .withLibrary(LIBRARY)
                .withFunction(function)
                .withParameters(arguments)
                .withAccess(accesses);
    }

    @Override
    public void forward(float[] query, float[] key, float[] value, float[] result, float[] lse) {
        write(query, q);
        write(key, k);
        write(value, v);
        long start = System.nanoTime();
        forward.execute();
        nanos = System.nanoTime() - start;
        MemorySegment from = out.getSegment();
        IntStream.range(0, result.length)
                .parallel()
                .forEach(i -> result[i] = Float.float16ToFloat(from.getAtIndex(ValueLayout.JAVA_SHORT, i)));
    }

    private static void write(float[] from, HalfFloatArray to) {
        MemorySegment segment = to.getSegment();
        IntStream.range(0, from.length)
                .parallel()
                .forEach(i -> segment.setAtIndex(ValueLayout.JAVA_SHORT, i, Float.floatToFloat16(from[i])));
    }

    /** Of the call with its copies: TornadoVM does not time the task alone. */
    @Override
    public long computeNanos() {
        return nanos;
    }

    @Override
    public DeviceTimes repeat(boolean backward, int times) {
        long difference = time(1 + times) - time(1);
        return new DeviceTimes(0, Math.max(1, difference), 0);
    }

    /** The median of a graph of so many tasks, in nanoseconds; a small task behind them, whose result is awaited, is in all of them. */
    private long time(int tasks) {
        TornadoExecutionPlan plan = many.computeIfAbsent(tasks, count -> {
            TaskGraph graph = graph().transferToDevice(DataTransferMode.FIRST_EXECUTION, q, k, v, out, one);
            addTasks(graph, count);
            graph.libraryTask("end", CuDnnAttention::relu, one, end, 1);
            TornadoExecutionPlan made = plan(graph.transferToHost(DataTransferMode.EVERY_EXECUTION, end));
            made.execute();
            return made;
        });
        double[] runs = new double[RUNS];
        for (int i = 0; i < RUNS; i++) {
            long start = System.nanoTime();
            plan.execute();
            runs[i] = System.nanoTime() - start;
        }
        return (long) Samples.median(runs);
    }

    @Override
    public void close() {
        close(forward);
        many.values().forEach(CuDnnAttention::close);
    }

    private static void close(TornadoExecutionPlan plan) {
        try {
            plan.close();
        } catch (TornadoExecutionPlanException e) {
            throw new IllegalStateException("cudnn: " + e.getMessage(), e);
        }
    }
}
