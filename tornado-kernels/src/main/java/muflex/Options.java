package muflex;

import java.util.List;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.MaskMod;
import muflex.attention.Precision;
import muflex.attention.ScoreMod;
import muflex.attention.Weights;
import muflex.engine.AttentionSpec;
import muflex.expr.Lifted;
import org.jspecify.annotations.Nullable;

/** Checks of what an operation is built from. */
final class Options {

    private Options() {}

    /** The specification with its mask's blocks; refuses options that contradict each other or the shape. */
    static AttentionSpec complete(AttentionSpec options, @Nullable MaskMod mask) {
        AttentionSpec spec = options;
        if (mask != null && options.mask() != null) {
            throw new IllegalArgumentException(
                    "mask: expected mask or blockMask, got both; combine them with blockMask.and(…)");
        }
        if (mask != null) {
            spec = options.withMask(blocks(options, mask));
        } else if (options.mask() != null) {
            mask(options.shape(), options.mask(), options.interpret());
        }
        weights(spec);
        learnable(spec);
        reach(spec);
        return spec;
    }

    private static BlockMask blocks(AttentionSpec options, MaskMod mask) {
        AttentionShape s = options.shape();
        int block = BlockMask.DEFAULT_BLOCK;
        return options.interpret()
                ? BlockMask.interpreted(mask, s.batch(), s.queryHeads(), s.queryLength(), s.kvLength(), block, block)
                : BlockMask.create(mask, s.batch(), s.queryHeads(), s.queryLength(), s.kvLength(), block, block);
    }

    /** What only a softmax has. */
    private static void weights(AttentionSpec spec) {
        if (spec.weights() == Weights.SOFTMAX) {
            return;
        }
        String extra = spec.sinks() != null
                ? "sinks"
                : spec.dropout() > 0
                        ? "dropout"
                        : spec.precision() != Precision.SINGLE ? "precision " + spec.precision() : "";
        if (!extra.isEmpty()) {
            throw new IllegalArgumentException("weights: expected SOFTMAX with " + extra + ", got " + spec.weights()
                    + "; leave out one of the two");
        }
    }

    /** Each learnable array must be one that something reads. */
    @SuppressWarnings("ReferenceEquality")
    private static void learnable(AttentionSpec spec) {
        List<float[]> arrays = spec.learnable();
        if (!arrays.isEmpty() && spec.interpret()) {
            throw new IllegalArgumentException("learnable: expected none with interpret(), got " + arrays.size()
                    + "; a derivative needs the lifted score mod");
        }
        Lifted lifted = spec.lifted();
        for (int i = 0; i < arrays.size(); i++) {
            float[] array = arrays.get(i);
            if (spec.learnableIndex(array) != i) {
                throw new IllegalArgumentException("learnable: expected each array once, got one of " + array.length
                        + " floats twice; call learnable once for it");
            }
            if (array != spec.sinks() && (lifted == null || lifted.slotOf(array) < 0)) {
                throw new IllegalArgumentException("learnable: expected an array that the score mod captures, or the"
                        + " sinks, got another of " + array.length + " floats; pass the captured array itself");
            }
        }
    }

    /**
     * A captured array too small for its index would fail inside a kernel, or silently on a GPU. So the score mod is called
     * here at the corners of the index space, where an index is largest and smallest, unless they are masked.
     */
    private static void reach(AttentionSpec spec) {
        ScoreMod scoreMod = spec.scoreMod();
        if (scoreMod == null) {
            return;
        }
        AttentionShape shape = spec.shape();
        BlockMask mask = spec.mask();
        for (int corner = 0; corner < 16; corner++) {
            int b = (corner & 1) * (shape.batch() - 1);
            int h = (corner >> 1 & 1) * (shape.queryHeads() - 1);
            int q = (corner >> 2 & 1) * (shape.queryLength() - 1);
            int kv = (corner >> 3 & 1) * (shape.kvLength() - 1);
            if (mask == null || mask.allows(b, h, q, kv)) {
                call(scoreMod, b, h, q, kv);
            }
        }
    }

    private static void call(ScoreMod scoreMod, int b, int h, int q, int kv) {
        try {
            scoreMod.apply(0, b, h, q, kv);
        } catch (ArrayIndexOutOfBoundsException e) {
            throw new IllegalArgumentException(
                    "scoreMod: expected captured arrays that hold every index it reads, got \"" + e.getMessage()
                            + "\" at (b " + b + ", h " + h + ", q " + q + ", kv " + kv
                            + "); capture a larger array, or read it in an arm: kv <= q ? a[q - kv] : 0f",
                    e);
        }
    }

    /** A mask must be of the shape, or broadcast to it without reading what it broadcasts over. */
    private static void mask(AttentionShape shape, BlockMask mask, boolean interpret) {
        maskLength("queryLength", shape.queryLength(), mask.queryLength(), mask, shape);
        maskLength("kvLength", shape.kvLength(), mask.kvLength(), mask, shape);
        maskAxis("batch", shape.batch(), mask.batch());
        maskAxis("heads", shape.queryHeads(), mask.heads());
        if (!interpret) {
            broadcast("batch", "b", shape.batch(), mask.batch() == 1 && mask.readsBatch());
            broadcast("heads", "h", shape.queryHeads(), mask.heads() == 1 && mask.readsHead());
        }
    }

    /** A mask whose lists take the place of the specification's. */
    @SuppressWarnings("ReferenceEquality") // another mask would need other code
    static void replacement(AttentionSpec spec, BlockMask mask) {
        BlockMask built = spec.mask();
        if (built == null || !built.isChanging()) {
            throw new IllegalArgumentException("mask: expected an operation built with a changing() block mask, got "
                    + (built == null ? "one without a mask" : "one that stays")
                    + "; build with blockMask(mask.changing())");
        }
        if (mask.mask() != built.mask() || !mask.isChanging()) {
            throw new IllegalArgumentException(
                    "mask: expected other lists of the mask that it was built with, got another mask; use withKvBlocks");
        }
        if (mask.row(mask.batch() - 1, mask.heads() - 1, 0) != built.row(built.batch() - 1, built.heads() - 1, 0)) {
            throw new IllegalArgumentException("mask: expected lists for [batch " + built.batch() + ", heads "
                    + built.heads() + "], got [batch " + mask.batch() + ", heads " + mask.heads() + "]; give as many");
        }
    }

    private static void maskLength(String axis, int expected, int got, BlockMask mask, AttentionShape shape) {
        if (got != expected) {
            boolean adjustable = mask.queryLength() >= shape.queryLength() && mask.kvLength() >= shape.kvLength();
            throw new IllegalArgumentException("blockMask: expected " + axis + " " + expected + ", got " + got + "; "
                    + (adjustable
                            ? "use mask.adjust(" + shape.queryLength() + ", " + shape.kvLength() + ")"
                            : "create it for the longest sequence"));
        }
    }

    private static void maskAxis(String axis, int expected, int got) {
        if (got != 1 && got != expected) {
            throw new IllegalArgumentException(
                    "blockMask: expected " + axis + " 1 or " + expected + ", got " + got + "; a size of 1 is for all");
        }
    }

    private static void broadcast(String axis, String index, int size, boolean reads) {
        if (size > 1 && reads) {
            throw new IllegalArgumentException("blockMask: expected " + axis + " " + size + " because its mask reads "
                    + index + ", got 1; create it with that size");
        }
    }
}
