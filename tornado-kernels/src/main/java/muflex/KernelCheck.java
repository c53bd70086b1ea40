package muflex;

import java.util.Random;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.ScoreMod;
import muflex.attention.Weights;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;

/**
 * What a device made of the lifted functions, beside the lambdas themselves: the lse of whole rows, as the kernels give it and as a loop
 * over keys does that calls the lambdas.
 */
final class KernelCheck {

    private static final int ROWS = 32;

    /** Of lse, relative where it is above 1: the kernels' exponentials and sums are in single precision. */
    private static final double LIMIT = 1e-4;

    private final AttentionSpec spec;
    private final AttentionShape shape;
    private final float[] q;
    private final float[] k;

    private KernelCheck(AttentionSpec spec, Random random) {
        this.spec = spec;
        shape = spec.shape();
        q = quarters(shape.querySize(), random);
        k = quarters(shape.keySize(), random);
    }

    /** Runs {@code op}, which was compiled from {@code spec}, on random inputs. */
    static void run(AttentionSpec spec, AttentionOp op, long seed) {
        Random random = new Random(seed);
        KernelCheck check = new KernelCheck(spec, random);
        AttentionShape shape = spec.shape();
        float[] lse = new float[shape.lseSize()];
        op.forward(check.q, check.k, new float[shape.valueSize()], new float[shape.outSize()], lse);
        for (int i = 0; i < ROWS; i++) {
            int row = random.nextInt(lse.length);
            check.compare(row, lse[row]);
        }
    }

    /** Quarters up to 2: products and their sums are exact in every precision, so that scores are the same on both sides. */
    private static float[] quarters(int size, Random random) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (random.nextInt(17) - 8) / 4f;
        }
        return values;
    }

    private void compare(int row, double got) {
        int query = row % shape.queryLength();
        int h = row / shape.queryLength() % shape.queryHeads();
        int b = row / shape.queryLength() / shape.queryHeads();
        double called = lse(b, h, query);
        double error = called == got ? 0 : Math.abs(called - got);
        if (!(error <= LIMIT * Math.max(1, Math.abs(called)))) {
            throw new IllegalStateException(
                    "lse: expected the kernels to give what the lambdas do, " + (float) called
                            + ", got " + (float) got + " in row (b " + b + ", h " + h + ", q " + query
                            + "); if the lambdas have no jump that a rounded score may cross, the device computes them wrongly");
        }
    }

    private double lse(int b, int h, int query) {
        ScoreMod mod = spec.scoreMod();
        BlockMask mask = spec.mask();
        float[] sinks = spec.sinks();
        boolean sticks = spec.weights() == Weights.STICK_BREAKING;
        double max = sinks == null ? Double.NEGATIVE_INFINITY : sinks[h];
        double sum = sinks == null ? 0 : 1;
        double logs = 0;
        for (int kv = 0; kv < shape.kvLength(); kv++) {
            if (mask == null || mask.allows(b, h, query, kv)) {
                float score = score(b, h, query, kv);
                double s = mod == null ? score : mod.apply(score, b, h, query, kv);
                double larger = Math.max(max, s);
                if (larger > Double.NEGATIVE_INFINITY) {
                    sum = sum * Math.exp(max - larger) + Math.exp(s - larger);
                    max = larger;
                }
                logs += Math.max(s, 0) + Math.log1p(Math.exp(-Math.abs(s)));
            }
        }
        return sticks ? logs : max + Math.log(sum);
    }

    private float score(int b, int h, int query, int kv) {
        int dim = shape.headDim();
        int from = ((b * shape.queryHeads() + h) * shape.queryLength() + query) * dim;
        int to = ((b * shape.kvHeads() + h / shape.groupSize()) * shape.kvLength() + kv) * dim;
        float dot = 0;
        for (int d = 0; d < dim; d++) {
            dot += q[from + d] * k[to + d];
        }
        return spec.scale() * dot;
    }
}
