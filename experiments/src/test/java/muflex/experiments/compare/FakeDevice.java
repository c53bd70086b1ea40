package muflex.experiments.compare;

import java.util.Optional;
import java.util.OptionalDouble;
import muflex.attention.BlockMask;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.Ceilings;
import muflex.engine.Device;
import muflex.engine.DeviceTimes;
import muflex.engine.reference.NaiveAttention;
import org.jspecify.annotations.Nullable;

/** A device that runs the plain loop, then spoils one output by {@code error}; it tells times, energy and ceilings. */
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
    public String driver() {
        return "fake driver 1.0";
    }

    /** Half a joule a call. */
    @Override
    public OptionalDouble energyJoules() {
        return OptionalDouble.of(0.5 * calls);
    }

    @Override
    public Optional<Ceilings> ceilings() {
        return Optional.of(new Ceilings(100, 10));
    }

    @Override
    public AttentionOp compile(AttentionSpec spec) {
        NaiveAttention naive = new NaiveAttention(spec);
        return new AttentionOp() {
            private int times;

            @Override
            public void forward(float[] q, float[] k, float[] v, float[] out, float[] lse) {
                calls++;
                times++;
                naive.forward(q, k, v, out, lse);
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
                times++;
                if (Float.isNaN(error)) {
                    throw new IllegalStateException("out of\n memory");
                }
                naive.backward(q, k, v, out, lse, dOut, dLse, dq, dk, dv, dLearnable);
            }

            @Override
            public DeviceTimes takeTimes() {
                DeviceTimes told = new DeviceTimes(1000L * times, 2000L * times, 500L * times);
                times = 0;
                return told;
            }

            @Override
            public void maxScores(float[] q, float[] k, float[] max) {}

            @Override
            public void replaceMask(BlockMask mask) {}

            @Override
            public String explain() {
                return "";
            }

            @Override
            public void close() {
                closed++;
            }
        };
    }
}
