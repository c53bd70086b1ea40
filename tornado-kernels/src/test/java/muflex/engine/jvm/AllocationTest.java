package muflex.engine.jvm;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import muflex.AttentionGradients;
import muflex.AttentionResult;
import muflex.FlexAttention;
import muflex.attention.AttentionShape;
import muflex.attention.MaskMods;
import muflex.engine.Devices;
import org.junit.jupiter.api.Test;

/** What a call allocates, on all threads. */
class AllocationTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @Test
    void callsIntoBuffersThatTheCallerKeepsAllocateNothing() {
        AttentionShape shape = AttentionShape.of(1, 2, 70, 16);
        float[] bias = new float[70];
        float[] sinks = new float[2];
        float[] q = new float[shape.querySize()];
        float[] dLse = new float[shape.lseSize()];
        try (FlexAttention attention = FlexAttention.builder(shape)
                .scoreMod((score, b, h, i, j) -> 20f * (float) Math.tanh(score / 20f) + bias[i - j])
                .mask(MaskMods.causal())
                .learnable(bias)
                .sinks(sinks)
                .learnable(sinks)
                .device(Devices.byId("cpu"))
                .build()) {
            AttentionResult result = attention.newResult();
            AttentionGradients gradients = attention.newGradients();
            long least = Long.MAX_VALUE;
            // The Vector API's vectors are objects until the second compiler has seen every kernel.
            for (int window = 0; window < 1000 && least > 0; window++) {
                long measuring = -THREADS.getTotalThreadAllocatedBytes() + THREADS.getTotalThreadAllocatedBytes();
                long before = THREADS.getTotalThreadAllocatedBytes();
                for (int call = 0; call < 20; call++) {
                    attention.forward(q, q, q, result);
                    attention.backward(q, q, q, result, q, dLse, gradients);
                }
                least = Math.min(least, THREADS.getTotalThreadAllocatedBytes() - before - measuring);
            }
            assertThat(least).as("bytes in 20 calls forward and backward").isZero();
        }
    }
}
