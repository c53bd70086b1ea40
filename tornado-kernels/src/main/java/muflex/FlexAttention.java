package muflex;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.MaskMod;
import muflex.attention.Precision;
import muflex.attention.ScoreMod;
import muflex.attention.Weights;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.Device;
import muflex.engine.Devices;
import muflex.paging.KvFormat;
import org.jspecify.annotations.Nullable;

/**
 * Attention with your own score and mask functions, compiled once for one device and called any number of times.
 *
 * <pre>
 *   out = softmax(mask(scoreMod(scale · q kᵀ))) v
 * </pre>
 *
 * <pre>{@code
 * try (FlexAttention attention = FlexAttention.builder(AttentionShape.of(1, 8, 1024, 64))
 *         .scoreMod((score, b, h, q, kv) -> score - 0.1f * (q - kv))
 *         .mask((b, h, q, kv) -> kv <= q)
 *         .build()) {
 *     AttentionResult result = attention.forward(q, k, v);
 *     AttentionGradients gradients = attention.backward(q, k, v, result, dOut);
 * }
 * }</pre>
 *
 * <p>All arrays are row-major float32; {@link AttentionShape} names their axes and {@link AttentionSpec} has the formulas. Keys and values
 * must be finite, masked ones too: a masked value is read with weight 0 where its block is, and {@code 0 · NaN} is NaN.
 * Results are the same each time on the JVM devices. An object is for one thread at a time; what it reads (captured arrays
 * and sinks) may change between calls.
 */
public final class FlexAttention implements AutoCloseable {

    private AttentionSpec spec;
    private final Device device;
    private final AttentionOp op;
    private final float[][] dLearnable;
    private boolean closed;

    private FlexAttention(AttentionSpec spec, Device device) {
        this.spec = spec;
        this.device = device;
        op = device.compile(spec);
        dLearnable = new float[spec.learnable().size()][];
    }

    public static Builder builder(AttentionShape shape) {
        return new Builder(shape);
    }

    public AttentionShape shape() {
        return spec.shape();
    }

    public Device device() {
        return device;
    }

    /** What was compiled. */
    public AttentionSpec spec() {
        return spec;
    }

    /** The mask with its blocks, or null for none. */
    public @Nullable BlockMask blockMask() {
        return spec.mask();
    }

    /**
     * Attention of {@code q} over {@code k} and {@code v}.
     *
     * @param q {@code [batch, queryHeads, queryLength, headDim]}
     * @param k {@code [batch, kvHeads, kvLength, headDim]}
     * @param v {@code [batch, kvHeads, kvLength, valueDim]}
     * @throws IllegalArgumentException if an array has another size; the message names its axes
     */
    public AttentionResult forward(float[] q, float[] k, float[] v) {
        AttentionResult result = newResult();
        forward(q, k, v, result);
        return result;
    }

    /**
     * As {@link #forward(float[], float[], float[])}, into arrays that the caller keeps; see {@link #newResult()}. On the JVM
     * devices nothing is allocated once the JVM has warmed up.
     *
     * @param into overwritten; none of its arrays may be one of the inputs or another of them
     */
    public void forward(float[] q, float[] k, float[] v, AttentionResult into) {
        requireOpen();
        Arguments.forward(spec.shape(), q, k, v, into);
        op.forward(q, k, v, into.out(), into.lse());
    }

    /** See {@link AttentionOp#reads}. */
    boolean reads(KvFormat format) {
        return op.reads(format);
    }

    /** Attention over a cache as it is stored; the caller has checked the sizes. */
    void forward(KvFormat format, float[] q, float[] k, float[] v, AttentionResult into) {
        requireOpen();
        op.forward(format, q, k, v, into.out(), into.lse());
    }

    /**
     * The largest score of each query, after the score mod, over the keys that the mask allows: {@code max s[kv]}; −∞ where it allows
     * none. A pass of its own over q and k; on {@code cpu} it takes four forward passes. It has no gradient. For QK-clip: Kimi K2
     * (arXiv:2507.20534), section 2.1.
     *
     * <pre>{@code float[] largest = attention.maxScores(q, k); // clip a head's weights where it exceeds 100}</pre>
     *
     * @param q {@code [batch, queryHeads, queryLength, headDim]}
     * @param k {@code [batch, kvHeads, kvLength, headDim]}
     * @return {@code [batch, queryHeads, queryLength]}
     */
    public float[] maxScores(float[] q, float[] k) {
        requireOpen();
        AttentionShape shape = spec.shape();
        Arguments.query("q", shape, q);
        Arguments.key("k", shape, k);
        float[] max = new float[shape.lseSize()];
        op.maxScores(q, k, max);
        return max;
    }

    /**
     * Puts other block lists in place of those that it was built with; nothing is compiled. Keys that no list has are not read, so
     * one operation of a cache's capacity serves it while it grows.
     *
     * <pre>{@code
     * BlockMask mask = BlockMask.create(MaskMods.causal(), 1, 1, 1, 4096).changing();
     * FlexAttention attention = FlexAttention.builder(shape).blockMask(mask).build();
     * attention.replaceMask(mask.withKvBlocks(new int[][][][] {{{{}}}}, new int[][][][] {{{{0, 1, 2}}}}));
     * }</pre>
     *
     * @param mask from {@link BlockMask#withKvBlocks} of the mask that it was built with, which is {@link BlockMask#changing()}
     */
    public void replaceMask(BlockMask mask) {
        requireOpen();
        Options.replacement(spec, mask);
        op.replaceMask(mask);
        spec = spec.withMask(mask);
    }

    /**
     * What was compiled, for people: the lifted score mod, its derivative, the lifted mask, how many blocks it has, the tiles that
     * are computed, and the code (bytecode on the JVM devices, C on the others) that the mods became.
     */
    public String explain() {
        requireOpen();
        return Explanation.of(spec, device.id(), op.explain());
    }

    /**
     * Compares what was lifted with the lambdas themselves, bit for bit, at random places and scores; then what the device's kernels
     * made of it: the lse of random rows, within 1e-4. {@link Builder#interpret} runs the lambdas in the whole operation instead.
     *
     * @param samples pairs of query and key; masked ones are asked of the mask only
     * @throws IllegalStateException at the first place where they differ; the message has the place and both values
     */
    public void check(int samples, long seed) {
        requireOpen();
        LiftCheck.run(spec, samples, seed);
        KernelCheck.run(spec, op, seed);
    }

    /** Arrays of the right sizes for {@link #forward(float[], float[], float[], AttentionResult)}. */
    public AttentionResult newResult() {
        return new AttentionResult(
                new float[spec.shape().outSize()], new float[spec.shape().lseSize()]);
    }

    /**
     * The gradients of {@code Σ out · dOut}.
     *
     * @param result what forward gave for the same {@code q}, {@code k} and {@code v}
     * @param dOut {@code [batch, queryHeads, queryLength, valueDim]}
     * @throws IllegalArgumentException if an array has another size; the message names its axes
     * @throws UnsupportedOperationException if built with {@link Builder#interpret}
     */
    public AttentionGradients backward(float[] q, float[] k, float[] v, AttentionResult result, float[] dOut) {
        return backward(q, k, v, result, dOut, null);
    }

    /**
     * The gradients of {@code Σ out · dOut + Σ lse · dLse}.
     *
     * @param dLse {@code [batch, queryHeads, queryLength]}, or null for zero
     */
    public AttentionGradients backward(
            float[] q, float[] k, float[] v, AttentionResult result, float[] dOut, float @Nullable [] dLse) {
        AttentionGradients gradients = newGradients();
        backward(q, k, v, result, dOut, dLse, gradients);
        return gradients;
    }

    /**
     * As the other two, into arrays that the caller keeps; see {@link #newGradients()}. On the JVM devices nothing is allocated
     * after the first call, once the JVM has warmed up.
     *
     * @param into overwritten, not added to; none of its arrays may be one of the inputs or another of them
     */
    public void backward(
            float[] q,
            float[] k,
            float[] v,
            AttentionResult result,
            float[] dOut,
            float @Nullable [] dLse,
            AttentionGradients into) {
        requireOpen();
        if (spec.interpret()) {
            throw new UnsupportedOperationException("interpret: expected forward calls only, got backward;"
                    + " a derivative needs the lifted score mod, so build without interpret()");
        }
        Arguments.backward(spec.shape(), q, k, v, result, dOut, dLse, into);
        for (int i = 0; i < dLearnable.length; i++) {
            float[] captured = spec.learnable().get(i);
            float[] gradient = into.dCaptured().get(captured);
            if (gradient == null) {
                throw new IllegalArgumentException("dCaptured: expected a gradient for learnable array " + i
                        + " by identity, got none; start from newGradients()");
            }
            Arguments.length("dCaptured", "[captured]", captured.length, gradient);
            dLearnable[i] = gradient;
        }
        op.backward(q, k, v, result.out(), result.lse(), dOut, dLse, into.dq(), into.dk(), into.dv(), dLearnable);
    }

    /** Arrays of the right sizes for {@code backward}. */
    @SuppressWarnings("IdentityHashMapUsage") // Arrays are keys by identity; the API promises a Map.
    public AttentionGradients newGradients() {
        AttentionShape shape = spec.shape();
        Map<float[], float[]> captured = new IdentityHashMap<>();
        for (float[] array : spec.learnable()) {
            captured.put(array, new float[array.length]);
        }
        return new AttentionGradients(
                new float[shape.querySize()],
                new float[shape.keySize()],
                new float[shape.valueSize()],
                Collections.unmodifiableMap(captured));
    }

    /** Frees what the device holds. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            op.close();
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException(
                    "FlexAttention: expected an open one, got one that was closed; build another");
        }
    }

    /** What to compute, and where. Without any call it is softmax attention with scale {@code 1 / √headDim}. */
    public static final class Builder {
        private AttentionSpec spec;
        private @Nullable MaskMod mask;
        private @Nullable Device device;

        private Builder(AttentionShape shape) {
            spec = AttentionSpec.of(Objects.requireNonNull(shape, "shape"));
        }

        /** Changes each scaled score that the mask allows; several are one by {@link ScoreMod#andThen}. */
        public Builder scoreMod(ScoreMod newScoreMod) {
            spec = spec.withScoreMod(Objects.requireNonNull(newScoreMod, "scoreMod"));
            return this;
        }

        /** Which keys each query sees; blocks of 128 × 128 are made from it. */
        public Builder mask(MaskMod newMask) {
            mask = Objects.requireNonNull(newMask, "mask");
            return this;
        }

        /** A mask whose blocks are known: to use it many times, or with another block size. */
        public Builder blockMask(BlockMask newBlockMask) {
            spec = spec.withMask(Objects.requireNonNull(newBlockMask, "blockMask"));
            return this;
        }

        /** What {@code q · k} is multiplied with; {@code 1 / √headDim} if not given. */
        public Builder scale(float newScale) {
            if (!Float.isFinite(newScale)) {
                throw new IllegalArgumentException(
                        "scale: expected a finite number, got " + newScale + "; the default is 1 / √headDim");
            }
            spec = spec.withScale(newScale);
            return this;
        }

        /**
         * One extra logit a head in the softmax's denominator, with no value: {@code p = exp(s) / (Σ exp(s) + exp(sink))}.
         * gpt-oss, OpenAI 2025 (arXiv:2508.10925). Learned if also passed to {@link #learnable}.
         *
         * <pre>{@code builder.sinks(sinks).learnable(sinks)}</pre>
         *
         * @param perQueryHead {@code [queryHeads]}
         */
        public Builder sinks(float[] perQueryHead) {
            Arguments.length("sinks", "[queryHeads]", spec.shape().queryHeads(), perQueryHead);
            spec = spec.withSinks(perQueryHead);
            return this;
        }

        /**
         * Drops each softmax weight with probability {@code p} and scales the rest by {@code 1 / (1 − p)}. Which ones depends
         * on the seed and the element's indices alone: see {@link muflex.kernels.Philox}.
         *
         * <pre>{@code builder.dropout(0.1f, 42)}</pre>
         *
         * @param p in [0, 1)
         */
        public Builder dropout(float p, long newSeed) {
            if (!(p >= 0 && p < 1)) {
                throw new IllegalArgumentException(
                        "dropout: expected a probability from 0 to below 1, got " + p + "; 0 drops nothing");
            }
            spec = spec.withDropout(p, newSeed);
            return this;
        }

        /**
         * Asks for the gradient of an array that the score mod captures, or of the sinks. Call it once for each.
         *
         * <pre>{@code builder.scoreMod((score, b, h, q, kv) -> score + bias[Math.abs(q - kv)]).learnable(bias)}</pre>
         */
        public Builder learnable(float[] captured) {
            List<float[]> arrays = new ArrayList<>(spec.learnable());
            arrays.add(Objects.requireNonNull(captured, "learnable"));
            spec = spec.withLearnable(arrays);
            return this;
        }

        /**
         * Calls the lambdas themselves instead of lifting them: for lambdas whose bytecode can't be read, or to compare with.
         * Forward only, on devices inside this JVM, and slow.
         *
         * <pre>{@code builder.mask((b, h, q, kv) -> allowed.contains(kv)).interpret()}</pre>
         */
        public Builder interpret() {
            spec = spec.withInterpret(true);
            return this;
        }

        /**
         * What products round their operands to, forward and backward; {@link Precision#SINGLE} if not given. Devices without
         * tensor cores refuse the others, see {@link Device#supports}.
         */
        public Builder precision(Precision newPrecision) {
            spec = spec.withPrecision(Objects.requireNonNull(newPrecision, "precision"));
            return this;
        }

        /**
         * What scores become; {@link Weights#SOFTMAX} if not given. With {@link Weights#STICK_BREAKING} {@code lse} is what that says,
         * and there are neither sinks nor dropout.
         *
         * <pre>{@code
         * FlexAttention attention = FlexAttention.builder(AttentionShape.of(1, 8, 1024, 64))
         *         .weights(Weights.STICK_BREAKING)
         *         .mask((b, h, q, kv) -> kv < q)
         *         .build();
         * }</pre>
         */
        public Builder weights(Weights newWeights) {
            spec = spec.withWeights(Objects.requireNonNull(newWeights, "weights"));
            return this;
        }

        AttentionSpec spec() {
            return spec;
        }

        /** Where it runs; {@link Devices#auto()} if not given. */
        public Builder device(Device newDevice) {
            device = Objects.requireNonNull(newDevice, "device");
            return this;
        }

        /**
         * Lifts the mods, makes the blocks and compiles. The score mod is called at the corners of the index space, to see that
         * its captured arrays hold every index.
         *
         * @throws muflex.expr.LiftException if a mod can't be lifted; the message names the construct and its source line
         * @throws IllegalArgumentException if options contradict each other or the shape; the message says which
         */
        public FlexAttention build() {
            return build(spec);
        }

        /** Compiles another specification, with this mask and on this device. */
        FlexAttention build(AttentionSpec wanted) {
            Device target = device == null ? Devices.auto() : device;
            if (wanted.interpret() && !target.canInterpret()) {
                throw new IllegalArgumentException(
                        "interpret: expected a device inside this JVM (reference, loops, cpu), got " + target.id()
                                + "; name one of those or build without interpret()");
            }
            return new FlexAttention(Options.complete(wanted, mask), target);
        }
    }
}
