package muflex.experiments.peers.table;

import java.util.Random;
import muflex.attention.AttentionShape;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.Device;
import muflex.engine.Devices;
import muflex.paging.KvFormat;

/** One attention operation of {@code cpu} with its arrays, checked against float64 at a few queries. */
final class Inputs {

    private static final int CHECKED = 16;
    private static final double BUDGET = 1e-4;

    private final AttentionSpec spec;
    private final AttentionOp op;
    private final float[] q;
    private final float[] k;
    private final float[] v;
    private final float[] out;
    private final float[] lse;
    private final float[] dOut;
    private final float[] dq;
    private final float[] dk;
    private final float[] dv;
    private final float[][] learned;

    Inputs(AttentionSpec spec) {
        this.spec = spec;
        Device cpu = Devices.byId("cpu");
        AttentionShape shape = spec.shape();
        Random random = new Random(1);
        op = cpu.compile(spec);
        q = normal(shape.querySize(), random);
        k = normal(shape.keySize(), random);
        v = normal(shape.valueSize(), random);
        out = new float[shape.outSize()];
        lse = new float[shape.lseSize()];
        dOut = normal(shape.outSize(), random);
        dq = new float[shape.querySize()];
        dk = new float[shape.keySize()];
        dv = new float[shape.valueSize()];
        learned =
                spec.learnable().stream().map(array -> new float[array.length]).toArray(float[][]::new);
    }

    static float[] normal(int size, Random random) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    void forward() {
        op.forward(q, k, v, out, lse);
    }

    void backward() {
        float[][] learned =
                spec.learnable().stream().map(array -> new float[array.length]).toArray(float[][]::new);
        op.backward(q, k, v, out, lse, dOut, null, dq, dk, dv, learned);
    }

    void close() {
        op.close();
    }

    /** The same keys and values in pages. */
    PagedInputs paged(KvFormat format) {
        PagedInputs paged = new PagedInputs(spec.shape(), format, q, k, v);
        paged.forward();
        return paged;
    }

    /** What forward gave. */
    float[] out() {
        return out;
    }

    /** Bytes of keys and values. */
    double cacheBytes() {
        return 4.0 * (k.length + v.length);
    }

    /** The largest error of the outputs of a few queries, without mods and masks; refuses a wrong one. */
    double checkedError() {
        AttentionShape shape = spec.shape();
        double largest = 0;
        int rows = shape.lseSize();
        for (int row = 0; row < rows; row += Math.max(1, rows / CHECKED)) {
            largest = Math.max(largest, error(shape, row));
        }
        if (!(largest <= BUDGET)) {
            throw new IllegalStateException("cpu at " + shape + ": expected an error of at most " + BUDGET + ", got "
                    + largest + "; nothing is timed");
        }
        return largest;
    }

    private double error(AttentionShape shape, int row) {
        int head = row / shape.queryLength() / shape.groupSize();
        int keys = shape.kvLength();
        double[] scores = new double[keys];
        double sum = 0;
        for (int j = 0; j < keys; j++) {
            double dot = 0;
            for (int d = 0; d < shape.headDim(); d++) {
                dot += (double) q[row * shape.headDim() + d] * k[(head * keys + j) * shape.headDim() + d];
            }
            scores[j] = Math.exp(dot * spec.scale());
            sum += scores[j];
        }
        double largest = 0;
        for (int d = 0; d < shape.valueDim(); d++) {
            double value = 0;
            for (int j = 0; j < keys; j++) {
                value += scores[j] / sum * v[(head * keys + j) * shape.valueDim() + d];
            }
            largest = Math.max(largest, Math.abs(value - out[row * shape.valueDim() + d]));
        }
        return largest;
    }
}
