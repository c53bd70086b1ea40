package muflex.experiments.peers;

import java.util.Objects;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.engine.AttentionSpec;
import muflex.experiments.compare.PeerOp;
import muflex.experiments.compare.PeerSpecs;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * One attention operation in libtorch's own memory. Its time is that of the library's call alone: forward without
 * recording for a gradient, backward without the forward that autograd needs before it.
 */
final class TorchAttention implements PeerOp {

    private final boolean grouped;
    private final double scale;
    private final boolean causal;
    private final Tensor q;
    private final Tensor k;
    private final Tensor v;
    private final Tensor dOut;
    private final TensorOptional mask;
    private long nanos;

    TorchAttention(AttentionSpec spec, PeerSpecs.MaskKind kind) {
        AttentionShape shape = spec.shape();
        scale = spec.scale();
        causal = kind == PeerSpecs.MaskKind.CAUSAL;
        mask = kind == PeerSpecs.MaskKind.DENSE
                ? new TensorOptional(dense(Objects.requireNonNull(spec.mask())))
                : new TensorOptional();
        grouped = shape.queryHeads() != shape.kvHeads();
        q = tensor(shape.batch(), shape.queryHeads(), shape.queryLength(), shape.headDim());
        k = tensor(shape.batch(), shape.kvHeads(), shape.kvLength(), shape.headDim());
        v = tensor(shape.batch(), shape.kvHeads(), shape.kvLength(), shape.valueDim());
        dOut = tensor(shape.batch(), shape.queryHeads(), shape.queryLength(), shape.valueDim());
    }

    private static Tensor tensor(long... sizes) {
        return torch.empty(sizes);
    }

    /** {@code [queries, keys]}, true where the pair is allowed. */
    private static Tensor dense(BlockMask mask) {
        int queries = mask.queryLength();
        int keys = mask.kvLength();
        byte[] allowed = new byte[Math.multiplyExact(queries, keys)];
        for (int q = 0; q < queries; q++) {
            for (int kv = 0; kv < keys; kv++) {
                allowed[q * keys + kv] = (byte) (mask.allows(0, 0, q, kv) ? 1 : 0);
            }
        }
        try (PointerScope _ = new PointerScope()) {
            Tensor bytes = torch.from_blob(
                    new BytePointer(allowed), new long[] {queries, keys}, new TensorOptions(torch.ScalarType.Byte));
            Tensor copy = bytes.to(torch.ScalarType.Bool);
            copy.retainReference();
            return copy;
        }
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
        Torch.put(query, q);
        Torch.put(key, k);
        Torch.put(value, v);
        try (PointerScope _ = new PointerScope();
                NoGradGuard _ = new NoGradGuard()) {
            long start = System.nanoTime();
            Tensor result = attention(q, k, v);
            nanos = System.nanoTime() - start;
            Torch.get(result, out);
        }
    }

    @Override
    public boolean hasGradients() {
        return true;
    }

    @Override
    public void backward(
            float[] query,
            float[] key,
            float[] value,
            float[] out,
            float[] lse,
            float[] dOutput,
            float @Nullable [] dLse,
            float[] dq,
            float[] dk,
            float[] dv,
            float[][] dLearnable) {
        Torch.put(query, q);
        Torch.put(key, k);
        Torch.put(value, v);
        Torch.put(dOutput, dOut);
        try (PointerScope _ = new PointerScope()) {
            Tensor queryLeaf = q.detach().requires_grad_(true);
            Tensor keyLeaf = k.detach().requires_grad_(true);
            Tensor valueLeaf = v.detach().requires_grad_(true);
            Tensor result = attention(queryLeaf, keyLeaf, valueLeaf);
            long start = System.nanoTime();
            result.backward(dOut, new BoolOptional(), false, new TensorArrayRefOptional());
            nanos = System.nanoTime() - start;
            Torch.get(queryLeaf.grad(), dq);
            Torch.get(keyLeaf.grad(), dk);
            Torch.get(valueLeaf.grad(), dv);
        }
    }

    private Tensor attention(Tensor query, Tensor key, Tensor value) {
        return torch.scaled_dot_product_attention(
                query, key, value, mask, 0, causal, new DoubleOptional(scale), grouped);
    }

    @Override
    public void close() {
        q.close();
        k.close();
        v.close();
        dOut.close();
        mask.close();
    }
}
