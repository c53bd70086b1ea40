package muflex.experiments.compare;

import muflex.attention.AttentionShape;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.Device;
import org.jspecify.annotations.Nullable;

/** A device that runs the plain loop, then spoils one output by {@code error}; for variants without a score mod. */
final class FakeDevice implements Device {

    private final String id;
    private final float error;
    private int calls;
    private int closed;

    FakeDevice(String id, float error) {
        this.id = id;
        this.error = error;
    }

    int calls() {
        return calls;
    }

    int closed() {
        return closed;
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public String description() {
        return "fake " + id;
    }

    @Override
    public int preference() {
        return 0;
    }

    @Override
    public AttentionOp compile(AttentionSpec spec) {
        AttentionShape shape = spec.shape();
        NaiveAttention naive = new NaiveAttention(new Setup(shape, null, null, spec.mask(), null));
        return new AttentionOp() {
            @Override
            public void forward(float[] q, float[] k, float[] v, float[] out, float[] lse) {
                calls++;
                naive.forward(new Tensors(q, k, v, new float[0]), out, lse);
                out[0] += error;
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
                calls++;
                if (Float.isNaN(error)) {
                    throw new IllegalStateException("out of\n memory");
                }
                naive.backward(new Tensors(q, k, v, dOut), out, lse, dq, dk, dv, null);
            }

            @Override
            public void close() {
                closed++;
            }
        };
    }
}
