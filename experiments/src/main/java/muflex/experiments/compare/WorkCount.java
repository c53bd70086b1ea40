package muflex.experiments.compare;

import java.util.Locale;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.engine.AttentionSpec;
import muflex.experiments.report.Row;

/** What a case computes, counted on live elements: those that the mask keeps. */
final class WorkCount {

    private WorkCount() {}

    static Row.Work of(AttentionSpec spec, Direction direction) {
        AttentionShape shape = spec.shape();
        long elements = (long) shape.lseSize() * shape.kvLength();
        BlockMask mask = spec.mask();
        long live = mask == null ? elements : liveElements(mask, shape);
        double flops = (double) live * direction.flopsPerElement(shape.headDim(), shape.valueDim());
        double bytes = bytes(shape, direction);
        if (mask == null) {
            return new Row.Work(elements, elements, flops, bytes, "none", 0, 0, 0);
        }
        long full = 0;
        long partial = 0;
        for (int b = 0; b < mask.batch(); b++) {
            for (int h = 0; h < mask.heads(); h++) {
                full += mask.fullBlocks(b, h);
                partial += mask.partialBlocks(b, h);
            }
        }
        double groups = mask.batch() * mask.heads();
        String block = String.format(Locale.ROOT, "%dx%d", mask.queryBlock(), mask.kvBlock());
        return new Row.Work(elements, live, flops, bytes, block, full / groups, partial / groups, mask.sparsity());
    }

    /** Of float32 inputs and outputs, each once: the least that any kernel must move. */
    private static double bytes(AttentionShape shape, Direction direction) {
        double inputs = (double) shape.querySize() + shape.keySize() + shape.valueSize();
        double outputs = (double) shape.outSize() + shape.lseSize();
        double forward = inputs + outputs;
        return Float.BYTES * (direction == Direction.FORWARD ? forward : forward + shape.outSize() + inputs);
    }

    /** Over batch and query heads; a mask of one batch or head counts for all. */
    private static long liveElements(BlockMask mask, AttentionShape shape) {
        long live = 0;
        for (int b = 0; b < mask.batch(); b++) {
            for (int h = 0; h < mask.heads(); h++) {
                for (int q = 0; q < shape.queryLength(); q++) {
                    live += liveKeys(mask, b, h, q);
                }
            }
        }
        return live * (shape.batch() / mask.batch()) * (shape.queryHeads() / mask.heads());
    }

    private static long liveKeys(BlockMask mask, int b, int h, int q) {
        long live = 0;
        for (int block = 0; block < mask.kvBlocks(); block++) {
            int first = block * mask.kvBlock();
            int end = Math.min(first + mask.kvBlock(), mask.kvLength());
            switch (mask.block(b, h, q / mask.queryBlock(), block)) {
                case EMPTY -> {}
                case FULL -> live += end - first;
                case PARTIAL -> {
                    for (int kv = first; kv < end; kv++) {
                        live += mask.mask().test(b, h, q, kv) ? 1 : 0;
                    }
                }
            }
        }
        return live;
    }
}
