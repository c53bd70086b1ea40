package muflex.experiments.peers;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Map;
import muflex.attention.AttentionShape;
import muflex.experiments.compare.PeerOp;

/** One attention operation of ONNX Runtime on the CPU; its time is that of the session's run. It knows no gradients. */
final class OnnxAttention implements PeerOp {

    private final OrtSession session;
    private final FloatBuffer q;
    private final FloatBuffer k;
    private final FloatBuffer v;
    private final Map<String, OnnxTensor> inputs;
    private final Map<String, OnnxTensor> outputs;
    private final FloatBuffer result;
    private long nanos;

    OnnxAttention(OrtEnvironment environment, AttentionShape shape, float scale, boolean causal) throws OrtException {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(Runtime.getRuntime().availableProcessors());
            session = environment.createSession(OnnxModel.attention(shape, scale, causal), options);
        }
        q = floats(shape.querySize());
        k = floats(shape.keySize());
        v = floats(shape.valueSize());
        result = floats(shape.outSize());
        int b = shape.batch();
        inputs = Map.of(
                "q", tensor(environment, q, b, shape.queryHeads(), shape.queryLength(), shape.headDim()),
                "k", tensor(environment, k, b, shape.kvHeads(), shape.kvLength(), shape.headDim()),
                "v", tensor(environment, v, b, shape.kvHeads(), shape.kvLength(), shape.valueDim()));
        outputs = Map.of(
                "out", tensor(environment, result, b, shape.queryHeads(), shape.queryLength(), shape.valueDim()));
    }

    private static FloatBuffer floats(int size) {
        return ByteBuffer.allocateDirect(size * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }

    /** On the buffer's own memory. */
    private static OnnxTensor tensor(OrtEnvironment environment, FloatBuffer memory, long... sizes)
            throws OrtException {
        return OnnxTensor.createTensor(environment, memory, sizes);
    }

    @Override
    public long computeNanos() {
        return nanos;
    }

    @Override
    public void settle() {
        Settle.pause();
    }

    @Override
    public void forward(float[] query, float[] key, float[] value, float[] out, float[] lse) {
        q.put(0, query);
        k.put(0, key);
        v.put(0, value);
        try {
            long start = System.nanoTime();
            session.run(inputs, outputs).close();
            nanos = System.nanoTime() - start;
        } catch (OrtException e) {
            throw new IllegalStateException("onnxruntime: " + e.getMessage(), e);
        }
        result.get(0, out);
    }

    @Override
    public void close() {
        inputs.values().forEach(OnnxTensor::close);
        outputs.values().forEach(OnnxTensor::close);
        try {
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException("onnxruntime: " + e.getMessage(), e);
        }
    }
}
