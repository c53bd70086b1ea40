package muflex.experiments.peers.table;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import muflex.experiments.peers.Torch;
import muflex.model.TransformerConfig;
import muflex.model.parameterization.TensorSpec;
import org.bytedeco.pytorch.AdamW;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * {@code muflex.model.Transformer} in libtorch, op by op: RMSNorm, RoPE, fused causal attention, a GELU MLP, a readout of its
 * own, AdamW. Its parameters begin as those of ours, so the losses of both can be compared.
 */
final class TorchTransformer {

    private static final double EPSILON = 1e-6;
    private static final double ROPE_BASE = 10_000;

    private final TransformerConfig config;
    private final Map<String, Tensor> parameters = new LinkedHashMap<>();
    private final AdamW optimizer;
    private final Tensor cosine;
    private final Tensor sine;

    TorchTransformer(TransformerConfig config, List<TensorSpec> tensors, Map<String, float[]> values, double rate) {
        this.config = config;
        List<Tensor> leaves = new ArrayList<>();
        for (TensorSpec tensor : tensors) {
            long[] sizes = tensor.sizes().stream().mapToLong(Integer::longValue).toArray();
            Tensor leaf = Torch.tensor(Objects.requireNonNull(values.get(tensor.name())), sizes)
                    .requires_grad_(true);
            parameters.put(tensor.name(), leaf);
            leaves.add(leaf);
        }
        AdamWOptions options = new AdamWOptions(rate);
        options.betas().put(0, 0.9).put(1, 0.95);
        options.eps().put(1e-8);
        options.weight_decay().put(0.1);
        optimizer = new AdamW(new TensorVector(leaves.toArray(Tensor[]::new)), options);
        int half = config.headDim() / 2;
        float[] cos = new float[config.context() * half];
        float[] sin = new float[cos.length];
        for (int i = 0; i < cos.length; i++) {
            double angle = i / half * Math.pow(ROPE_BASE, -(double) (i % half) / half);
            cos[i] = (float) Math.cos(angle);
            sin[i] = (float) Math.sin(angle);
        }
        cosine = Torch.tensor(cos, config.context(), half);
        sine = Torch.tensor(sin, config.context(), half);
    }

    /** One update; the loss before it. */
    double step(Tensor tokens, Tensor targets) {
        optimizer.zero_grad(true);
        Tensor logits = forward(tokens).reshape(-1, config.vocab());
        Tensor loss = torch.cross_entropy_loss(logits, targets.reshape(-1));
        loss.backward(new Tensor(), new BoolOptional(), false, new TensorArrayRefOptional());
        optimizer.step();
        return loss.item_float();
    }

    private Tensor forward(Tensor tokens) {
        Tensor x = torch.embedding(parameter("embedding"), tokens);
        for (int layer = 0; layer < config.depth(); layer++) {
            String name = "layers." + layer + ".";
            Tensor normed = norm(x, name + "attention.norm");
            Tensor query = rotated(heads(normed, name + "attention.query"));
            Tensor key = rotated(heads(normed, name + "attention.key"));
            Tensor value = heads(normed, name + "attention.value");
            Tensor attended = torch.scaled_dot_product_attention(
                    query, key, value, new TensorOptional(), 0, true, new DoubleOptional(), false);
            x = x.add(linear(attended.transpose(1, 2).flatten(2, 3), name + "attention.out"));
            Tensor inner = torch.gelu(linear(norm(x, name + "mlp.norm"), name + "mlp.in"), "tanh");
            x = x.add(linear(inner, name + "mlp.out"));
        }
        return linear(norm(x, "norm"), "readout");
    }

    private Tensor parameter(String name) {
        Tensor found = parameters.get(name);
        if (found == null) {
            throw new IllegalArgumentException("parameter: expected one of " + parameters.keySet() + ", got " + name);
        }
        return found;
    }

    private Tensor linear(Tensor x, String name) {
        return torch.matmul(x, parameter(name));
    }

    private Tensor norm(Tensor x, String name) {
        return torch.rms_norm(
                x, new long[] {config.width()}, new TensorOptional(parameter(name)), new DoubleOptional(EPSILON));
    }

    /** {@code [batch, heads, seq, dim]}. */
    private Tensor heads(Tensor x, String name) {
        Tensor projected = linear(x, name);
        return projected
                .reshape(x.size(0), x.size(1), config.heads(), config.headDim())
                .transpose(1, 2);
    }

    private Tensor rotated(Tensor x) {
        int half = config.headDim() / 2;
        Tensor a = x.narrow(3, 0, half);
        Tensor b = x.narrow(3, half, half);
        return torch.cat(
                new TensorVector(
                        a.mul(cosine).subtract(b.mul(sine), new Scalar(1)),
                        b.mul(cosine).add(a.mul(sine))),
                3);
    }
}
