package muflex.engine.jvm;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import muflex.AttentionGradients;
import muflex.AttentionResult;
import muflex.FlexAttention;
import muflex.attention.AttentionShape;
import muflex.attention.MaskMods;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.Devices;
import muflex.paging.KvFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

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
            assertThat(fewestBytes(() -> {
                        attention.forward(q, q, q, result);
                        attention.backward(q, q, q, result, q, dLse, gradients);
                    }))
                    .as("bytes in 20 calls forward and backward")
                    .isZero();
        }
    }

    /** Few queries, whose keys are dealt to parts, in each format of a cache. */
    @ParameterizedTest
    @EnumSource(KvFormat.class)
    void decodingAllocatesNothing(KvFormat format) {
        int keys = 600;
        AttentionShape shape = new AttentionShape(1, 4, 2, 1, keys, 32, 32);
        float[] q = new float[shape.querySize()];
        float[] k = new float[2 * keys * format.floats(32)];
        float[] out = new float[shape.outSize()];
        float[] lse = new float[shape.lseSize()];
        try (AttentionOp op = Devices.byId("cpu").compile(AttentionSpec.of(shape))) {
            assertThat(fewestBytes(() -> op.forward(format, q, k, k, out, lse)))
                    .as("bytes in 20 calls")
                    .isZero();
        }
    }

    /** Of 20 calls, once nothing is left to compile: the Vector API's vectors are objects until the second compiler has seen every kernel. */
    private static long fewestBytes(Runnable call) {
        long least = Long.MAX_VALUE;
        for (int window = 0; window < 1000 && least > 0; window++) {
            long measuring = -THREADS.getTotalThreadAllocatedBytes() + THREADS.getTotalThreadAllocatedBytes();
            long before = THREADS.getTotalThreadAllocatedBytes();
            for (int i = 0; i < 20; i++) {
                call.run();
            }
            least = Math.min(least, THREADS.getTotalThreadAllocatedBytes() - before - measuring);
        }
        return least;
    }
}
