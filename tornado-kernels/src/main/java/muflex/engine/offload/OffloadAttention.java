package muflex.engine.offload;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import muflex.attention.BlockMask;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.DeviceTimes;
import muflex.engine.lowering.Argument;
import muflex.engine.lowering.AttentionLowering;
import muflex.engine.lowering.AttentionOperands;
import muflex.engine.offload.Code.Launch;
import org.jspecify.annotations.Nullable;

/** Attention on an accelerator: inputs are copied there and results back on each call, between buffers that stay. */
final class OffloadAttention implements AttentionOp {
    private static final int OUT = 3;
    private static final int D_OUT = 5;
    private static final int D_LSE = 6;
    private static final int D_Q = 7;

    private static final DeviceTimes NO_TIMES = new DeviceTimes(0, 0, 0);

    private final AttentionOperands operands;
    private final AttentionLowering lowering;
    private final Platform platform;
    private final Accelerator accelerator;
    private final @Nullable DeviceArray[] arrays;
    private final LiveArrays live;
    private final CallBinder binder;
    private final List<Launch> round;
    private final List<Launch> forward;
    private @Nullable DeviceTimes times = NO_TIMES;
    private @Nullable List<Launch> backward;
    private @Nullable List<Launch> backwardWithLse;
    private @Nullable List<Launch> lastForward;
    private @Nullable List<Launch> lastBackward;
    private @Nullable List<Launch> maxScores;

    OffloadAttention(Platform platform, AttentionSpec spec) {
        this.platform = platform;
        accelerator = platform.accelerator();
        operands = new AttentionOperands(spec);
        lowering = new AttentionLowering(spec, platform.machine());
        arrays = new DeviceArray[operands.count()];
        live = new LiveArrays(accelerator, array -> null);
        binder = new CallBinder(platform, "attention", array -> operand(((Argument.Operand) array).index()), live);
        try {
            List<List<Launch>> bound =
                    binder.bind(List.of(operands.round(lowering), operands.forwardRounded(lowering)));
            round = bound.getFirst();
            forward = bound.getLast();
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private DeviceArray operand(int index) {
        DeviceArray known = arrays[index];
        if (known == null) {
            int size = operands.get(index).size();
            known = new DeviceArray(accelerator.allocate("attention", 4L * size), size);
            arrays[index] = known;
        }
        return known;
    }

    private void write(int first, float[]... values) {
        for (int i = 0; i < values.length; i++) {
            operand(first + i).memory().write(values[i]);
        }
    }

    private void read(int first, float[]... values) {
        for (int i = 0; i < values.length; i++) {
            operand(first + i).memory().read(values[i]);
        }
    }

    @SafeVarargs
    private void run(List<Launch>... launches) {
        run(Runnable::run, launches);
    }

    /** @param enqueuing what the launches are enqueued in */
    @SafeVarargs
    private void run(Consumer<Runnable> enqueuing, List<Launch>... launches) {
        live.refresh();
        enqueuing.accept(() -> {
            for (List<Launch> each : launches) {
                each.forEach(Launch::enqueue);
            }
        });
        accelerator.finish();
        binder.check();
    }

    @Override
    public void forward(float[] q, float[] k, float[] v, float[] out, float[] lse) {
        platform.takeTimes(); // what the device did for others is not this call's
        write(0, q, k, v);
        run(round, forward);
        lastForward = forward;
        read(OUT, out, lse);
        count();
    }

    @Override
    public void backward(
            float[] q,
            float[] k,
            float[] v,
            float[] out,
            float[] lse,
            float[] dOut,
            float @Nullable [] dLse,
            float[] dq,
            float[] dk,
            float[] dv,
            float[][] dLearnable) {
        List<Launch> launches = backward(dLse != null);
        platform.takeTimes();
        write(0, q, k, v, out, lse);
        write(D_OUT, dOut);
        if (dLse != null) {
            write(D_LSE, dLse);
        }
        run(launches);
        lastBackward = launches;
        read(D_Q, dq, dk, dv);
        read(AttentionOperands.LEARNABLE, dLearnable);
        count();
    }

    @Override
    public void maxScores(float[] q, float[] k, float[] max) {
        List<Launch> launches = maxScores == null
                ? binder.bind(List.of(operands.maxScores(lowering))).getFirst()
                : maxScores;
        maxScores = launches;
        platform.takeTimes();
        write(0, q, k);
        run(launches);
        read(operands.maxima(), max);
        count();
    }

    @Override
    public void replaceMask(BlockMask mask) {
        lowering.replaceMask(mask);
    }

    @Override
    public String explain() {
        return lowering.explain() + "\n" + binder.sources();
    }

    /** Adds what the device took for this call to this operation's times, which are null where it does not measure. */
    private void count() {
        List<Accelerator.DeviceTime> taken = platform.takeTimes();
        times = taken == null || times == null ? null : times.plus(sum(taken));
    }

    private static DeviceTimes sum(List<Accelerator.DeviceTime> taken) {
        long in = 0;
        long kernels = 0;
        long back = 0;
        for (Accelerator.DeviceTime time : taken) {
            switch (time.name()) {
                case Accelerator.COPY_IN -> in += time.nanos();
                case Accelerator.COPY_OUT -> back += time.nanos();
                case Accelerator.COMPILE -> {}
                default -> kernels += time.nanos();
            }
        }
        return new DeviceTimes(in, kernels, back);
    }

    @Override
    public @Nullable DeviceTimes takeTimes() {
        DeviceTimes taken = times;
        times = taken == null ? null : NO_TIMES;
        return taken;
    }

    @Override
    public @Nullable DeviceTimes repeat(boolean backward, int count) {
        List<Launch> last = backward ? lastBackward : lastForward;
        if (last == null) {
            throw new IllegalStateException("repeat: expected a call to repeat, got none; call "
                    + (backward ? "backward" : "forward") + " first");
        }
        List<Launch> all =
                Collections.nCopies(count, last).stream().flatMap(List::stream).toList();
        platform.takeTimes();
        run(accelerator::together, all);
        List<Accelerator.DeviceTime> taken = platform.takeTimes();
        return taken == null ? null : sum(taken);
    }

    private List<Launch> backward(boolean withLse) {
        List<Launch> known = withLse ? backwardWithLse : backward;
        if (known == null) {
            known = new ArrayList<>(
                    binder.bind(List.of(operands.backward(lowering, withLse))).getFirst());
            if (withLse) {
                backwardWithLse = known;
            } else {
                backward = known;
            }
        }
        return known;
    }

    @Override
    public void close() {
        binder.close();
        live.close();
        for (DeviceArray array : arrays) {
            if (array != null) {
                array.memory().close();
            }
        }
    }
}
