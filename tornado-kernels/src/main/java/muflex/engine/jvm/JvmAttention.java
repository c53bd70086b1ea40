package muflex.engine.jvm;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import muflex.attention.BlockMask;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.lowering.AttentionLowering;
import muflex.engine.lowering.AttentionOperands;
import muflex.engine.lowering.Call;
import muflex.paging.KvFormat;
import org.jspecify.annotations.Nullable;

/**
 * Attention by the kernels of {@code muflex.kernels}. Keeps the mask's spans and its scratch, that of backward from the first one on:
 * O(queries · headDim). Deterministic for a given number of threads; forward for any.
 */
final class JvmAttention implements AttentionOp {
    private static final float[] NONE = {};

    private final AttentionOperands operands;
    private final AttentionLowering lowering;
    private final float[][] arrays;
    private final Kernels kernels;
    private final Binder binder;
    private final Step[] forward;
    private final Map<KvFormat, Step[]> inFormats = new EnumMap<>(KvFormat.class);
    private Step @Nullable [] backward;
    private Step @Nullable [] maxScores;

    JvmAttention(AttentionSpec spec, Kernels kernels) {
        this.kernels = kernels;
        operands = new AttentionOperands(spec);
        lowering = new AttentionLowering(spec, kernels.machine());
        arrays = new float[operands.count()][];
        binder = new Binder(kernels, arrays, tensor -> {
            throw new IllegalArgumentException("expected no tensor in an operation of its own, got " + tensor);
        });
        forward = bind(operands.forward(lowering));
    }

    @Override
    public void forward(float[] q, float[] k, float[] v, float[] out, float[] lse) {
        put(q, k, v, out, lse);
        run(forward);
    }

    @Override
    public boolean reads(KvFormat format) {
        return format == KvFormat.FLOAT || lowering.readsPages();
    }

    @Override
    public void forward(KvFormat format, float[] q, float[] k, float[] v, float[] out, float[] lse) {
        if (format == KvFormat.FLOAT || !lowering.readsPages()) {
            AttentionOp.super.forward(format, q, k, v, out, lse);
            return;
        }
        Step[] steps = inFormats.get(format);
        if (steps == null) {
            steps = bind(operands.forward(lowering, format));
            inFormats.put(format, steps);
        }
        put(q, k, v, out, lse);
        run(steps);
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
        Step[] steps = backward == null ? bind(operands.backward(lowering, true)) : backward;
        backward = steps;
        put(q, k, v, out, lse);
        arrays[5] = dOut;
        arrays[6] = dLse == null ? NONE : dLse;
        arrays[7] = dq;
        arrays[8] = dk;
        arrays[9] = dv;
        System.arraycopy(dLearnable, 0, arrays, AttentionOperands.LEARNABLE, dLearnable.length);
        run(steps);
    }

    @Override
    public void maxScores(float[] q, float[] k, float[] max) {
        Step[] steps = maxScores == null ? bind(operands.maxScores(lowering)) : maxScores;
        maxScores = steps;
        arrays[0] = q;
        arrays[1] = k;
        arrays[operands.maxima()] = max;
        run(steps);
    }

    @Override
    public void replaceMask(BlockMask mask) {
        lowering.replaceMask(mask);
    }

    @Override
    public String explain() {
        return lowering.explain() + "\n" + kernels.listing(lowering.mods());
    }

    /** One by one: an array of arguments would be an allocation a call. */
    private void put(float[] q, float[] k, float[] v, float[] out, float[] lse) {
        arrays[0] = q;
        arrays[1] = k;
        arrays[2] = v;
        arrays[3] = out;
        arrays[4] = lse;
    }

    private Step[] bind(List<Call> calls) {
        binder.reserve(calls);
        return binder.bind(calls);
    }

    private static void run(Step[] steps) {
        for (Step step : steps) {
            step.run();
        }
    }

    @Override
    public void close() {}
}
