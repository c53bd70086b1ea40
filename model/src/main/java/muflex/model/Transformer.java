package muflex.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import muflex.graph.Graph;
import muflex.graph.Shape;
import muflex.graph.Tensor;
import muflex.model.parameterization.OptimizerKind;
import muflex.model.parameterization.Role;
import muflex.model.parameterization.TensorSettings;
import muflex.model.parameterization.TensorSpec;
import muflex.paging.PageTable;
import muflex.paging.PagedTables;

/**
 * A decoder-only transformer as nodes of a graph. One instance writes the forward pass into one graph, for whole
 * sequences or for a few new tokens behind a cache; both go through the same code, so that every multiplier of the
 * rule is applied once and in one place.
 *
 * <pre>
 *   x      = m · E[tokens]
 *   x     += r · W_o attention(rope(W_q n), rope(W_k n), W_v n)      n = rmsNorm(x)
 *   x     += r · mlp(rmsNorm(x))                                      for each layer
 *   logits = W_r rmsNorm(x)
 * </pre>
 *
 * where each W stands for the parameter times its multiplier, r is the rule's residual multiplier, and a tied model has
 * {@code m = 1} and {@code W_r = multiplier · Eᵀ}.
 */
public final class Transformer {

    static final String EMBEDDING = "embedding";
    static final String NORM = "norm";
    static final String READOUT = "readout";

    private static final float NORM_EPSILON = 1e-6f;
    private static final double ROPE_BASE = 10_000;

    private final Graph graph;
    private final ModelSpec spec;
    private final TransformerConfig config;
    private final AttentionVariant variant;
    private final Map<String, Weight> weights = new LinkedHashMap<>();
    private final List<Tensor> learned = new ArrayList<>();
    private final List<Applied> applied = new ArrayList<>();
    private final List<Scored> scored = new ArrayList<>();

    /**
     * Where a matrix is used, for those who look inside.
     *
     * @param weight the matrix W
     * @param as what W is here: its own role, but for a tied embedding, which is embedding and (transposed) readout
     * @param input x; the tokens, for the embedding
     * @param output {@code multiplier · W · x}
     */
    public record Applied(Weight weight, Role as, Tensor input, Tensor output) {}

    /**
     * What a layer's attention scores, positions included.
     *
     * @param query {@code [batch, heads, seq, dim]}
     * @param key {@code [batch, kvHeads, seq, dim]}
     */
    public record Scored(Tensor query, Tensor key) {}

    /**
     * A parameter in the graph.
     *
     * @param settings what the rule gives it
     * @param tensor where it is
     */
    public record Weight(TensorSettings settings, Tensor tensor) {}

    /**
     * Declares the parameters of a model in {@code graph}.
     *
     * @param optimizer whose learning rates the weights' settings show
     */
    public Transformer(Graph graph, ModelSpec spec, AttentionVariant variant, OptimizerKind optimizer) {
        this.graph = graph;
        this.spec = spec;
        this.config = spec.config();
        this.variant = variant;
        for (TensorSettings settings : spec.settings(optimizer)) {
            String name = settings.tensor().name();
            weights.put(name, new Weight(settings, graph.parameter(name, shape(settings.tensor()))));
        }
        for (AttentionVariant.Learned array : variant.learned()) {
            TensorSettings settings = spec.settings(optimizer, array);
            String name = settings.tensor().name();
            Tensor tensor = graph.parameter(name, shape(settings.tensor()), array.values());
            weights.put(name, new Weight(settings, tensor));
            learned.add(tensor);
        }
    }

    /** Every parameter, in the order of {@link ModelSpec#tensors()}, then the variant's. */
    public List<Weight> weights() {
        return List.copyOf(weights.values());
    }

    /** The uses of all matrices in the order of the forward pass, once it is written. */
    public List<Applied> applied() {
        return List.copyOf(applied);
    }

    /** Queries and keys of all layers, once the forward pass is written. */
    public List<Scored> scored() {
        return List.copyOf(scored);
    }

    /**
     * The forward pass over whole sequences.
     *
     * @param tokens ints {@code [batch, seq]}, seq at most the context
     * @return {@code [batch, seq, vocab]}
     */
    public Tensor logits(Tensor tokens) {
        int seq = tokens.shape().size(1);
        requireWithinContext(seq);
        return forward(tokens, new WholeSequence(config, variant, learned, spec.attentionScale(), seq));
    }

    /**
     * The forward pass over the next tokens of one sequence whose earlier keys and values are cached; their own are
     * added to the cache.
     *
     * @param tokens ints {@code [1, new]}
     * @param position an int scalar: how many tokens are cached
     * @param positionSeenByMods one element, the same number: what the score mod reads
     * @return {@code [1, new, vocab]}
     */
    public Tensor cachedLogits(Tensor tokens, Tensor position, int[] positionSeenByMods) {
        requireWithinContext(tokens.shape().size(1));
        return forward(tokens, new BehindCache(config, variant, spec.attentionScale(), position, positionSeenByMods));
    }

    /**
     * The forward pass over new tokens of several sequences whose earlier keys and values are in pages; their own are added.
     *
     * @param tokens ints {@code [1, slots · queries]}, as {@code tables} has its slots
     * @param position ints {@code [slots · queries]}: the position of each in its sequence
     * @param places ints {@code [slots · queries]}: where in the pages each goes
     * @param tables filled for the same tokens before each run
     * @return {@code [1, slots · queries, vocab]}
     */
    public Tensor pagedLogits(Tensor tokens, Tensor position, Tensor places, PageTable table, PagedTables tables) {
        return forward(
                tokens, new BehindPages(config, variant, spec.attentionScale(), position, places, table, tables));
    }

    private Tensor forward(Tensor tokens, AttentionMode mode) {
        Tensor x = embedded(tokens);
        for (int layer = 0; layer < config.depth(); layer++) {
            x = graph.add(x, scaled(attention(x, layer, mode), spec.residualMultiplier()));
            x = graph.add(x, scaled(mlp(x, layer), spec.residualMultiplier()));
        }
        return readout(norm(x, NORM));
    }

    private Tensor readout(Tensor x) {
        if (!config.tied()) {
            return linear(x, READOUT);
        }
        Weight table = weight(EMBEDDING);
        Tensor output =
                graph.matmul(x, table.tensor(), false, true, table.settings().multiplier());
        applied.add(new Applied(table, Role.READOUT, x, output));
        return output;
    }

    private Tensor attention(Tensor x, int layer, AttentionMode mode) {
        Tensor normed = norm(x, LayerTensor.ATTENTION_NORM.name(layer));
        Tensor q = graph.splitHeads(linear(normed, LayerTensor.QUERY.name(layer)), config.heads());
        Tensor k = graph.splitHeads(linear(normed, LayerTensor.KEY.name(layer)), config.kvHeads());
        Tensor v = graph.splitHeads(linear(normed, LayerTensor.VALUE.name(layer)), config.kvHeads());
        if (config.positions() == Positions.ROPE) {
            q = graph.rope(q, ROPE_BASE, mode.position());
            k = graph.rope(k, ROPE_BASE, mode.position());
        }
        scored.add(new Scored(q, k));
        Tensor out = graph.attention(
                q,
                mode.remember(graph, LayerTensor.KEY.name(layer), k),
                mode.remember(graph, LayerTensor.VALUE.name(layer), v),
                mode.flex());
        return linear(graph.mergeHeads(out), LayerTensor.ATTENTION_OUT.name(layer));
    }

    private Tensor mlp(Tensor x, int layer) {
        Tensor normed = norm(x, LayerTensor.MLP_NORM.name(layer));
        Tensor in = linear(normed, LayerTensor.MLP_IN.name(layer));
        Tensor inner = switch (config.activation()) {
            case GELU -> graph.map(in, Transformer::gelu);
            case SWIGLU ->
                graph.map(linear(normed, LayerTensor.MLP_GATE.name(layer)), in, (gate, value) -> silu(gate) * value);
        };
        return linear(inner, LayerTensor.MLP_OUT.name(layer));
    }

    /** {@code x·Φ(x)} with the tanh approximation of Φ: {@code x/2·(1 + tanh(√(2/π)·(x + 0.044715x³)))}. */
    private static float gelu(float x) {
        return 0.5f * x * (1f + (float) Math.tanh(0.7978846f * (x + 0.044715f * x * x * x)));
    }

    /** {@code x/(1 + e^−x)}, through tanh because its derivative never becomes ∞/∞. */
    private static float silu(float x) {
        return 0.5f * x * (1f + (float) Math.tanh(0.5f * x));
    }

    private Tensor norm(Tensor x, String name) {
        Weight gain = weight(name);
        return scaled(
                graph.rmsNorm(x, gain.tensor(), NORM_EPSILON), gain.settings().multiplier());
    }

    private Tensor linear(Tensor x, String name) {
        Weight weight = weight(name);
        TensorSettings settings = weight.settings();
        Tensor output = graph.matmul(x, weight.tensor(), settings.multiplier());
        applied.add(new Applied(weight, settings.tensor().role(), x, output));
        return output;
    }

    private Tensor embedded(Tensor tokens) {
        Weight table = weight(EMBEDDING);
        Tensor rows = graph.embedding(table.tensor(), tokens);
        float multiplier = config.tied() ? 1 : table.settings().multiplier();
        Tensor output = scaled(rows, multiplier);
        applied.add(new Applied(table, Role.EMBEDDING, tokens, output));
        return output;
    }

    private Tensor scaled(Tensor x, float factor) {
        return factor == 1 ? x : graph.scale(x, factor);
    }

    private Weight weight(String name) {
        Weight found = weights.get(name);
        if (found == null) {
            throw new IllegalStateException(name + " is not among the model's tensors");
        }
        return found;
    }

    private void requireWithinContext(int seq) {
        if (seq > config.context()) {
            throw new IllegalArgumentException("tokens: expected at most " + config.context()
                    + " tokens a sequence, the context, got " + seq + "; cut the text");
        }
    }

    private static Shape shape(TensorSpec tensor) {
        return tensor.sizes().size() == 1
                ? Shape.of("channels", tensor.sizes().getFirst())
                : Shape.of("in", tensor.sizes().get(0), "out", tensor.sizes().get(1));
    }
}
