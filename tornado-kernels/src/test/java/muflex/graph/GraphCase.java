package muflex.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BiFunction;

/**
 * A small graph for tests: some outputs, and a scalar loss that weighs all of them at random, with its derivatives.
 */
public final class GraphCase {

    private final String name;
    private final Graph graph = new Graph();
    private final Map<Tensor, Integer> bounds = new HashMap<>();
    private final List<Tensor> outputs = new ArrayList<>();
    private final List<Tensor> wrt = new ArrayList<>();
    private int weights;

    public GraphCase(String name, BiFunction<Graph, GraphCase, List<Tensor>> build) {
        this.name = name;
        outputs.addAll(build.apply(graph, this));
    }

    /** A float leaf that gets a gradient. */
    public Tensor leaf(String leafName, Shape shape) {
        Tensor tensor = graph.parameter(leafName, shape);
        wrt.add(tensor);
        return tensor;
    }

    /** A parameter behind {@code backing}, which gets a gradient. */
    public Tensor leaf(String leafName, Shape shape, float[] backing) {
        Tensor tensor = graph.parameter(leafName, shape, backing);
        wrt.add(tensor);
        return tensor;
    }

    /** An int input with values in [0, bound). */
    public Tensor ints(String leafName, Shape shape, int bound) {
        Tensor tensor = graph.intInput(leafName, shape);
        bounds.put(tensor, bound);
        return tensor;
    }

    public Graph graph() {
        return graph;
    }

    public List<Tensor> outputs() {
        return outputs;
    }

    /** The tensors that get a gradient. */
    public List<Tensor> wrt() {
        return wrt;
    }

    /** {@code Σ weights · outputs} with the weights an input. */
    public Tensor loss() {
        Tensor loss = null;
        for (Tensor output : outputs) {
            Tensor weight = graph.input("weights" + weights++, output.shape());
            Tensor part = graph.sum(graph.map(output, weight, (y, w) -> y * w));
            loss = loss == null ? part : graph.add(loss, part);
        }
        return loss;
    }

    /** Random contents of a float leaf, the same for the same seed and name; states of optimizers stay positive. */
    public static float[] floats(Tensor leaf, long seed) {
        Random random = new Random(seed * 31 + leaf.name().hashCode());
        float[] values = new float[leaf.shape().size()];
        for (int i = 0; i < values.length; i++) {
            float value = (float) random.nextGaussian();
            values[i] = leaf.op() instanceof Leaf.State ? Math.abs(value) : value;
        }
        return values;
    }

    /** Random contents of an int leaf. */
    public int[] ints(Tensor leaf, long seed) {
        Random random = new Random(seed * 31 + leaf.name().hashCode());
        int[] values = new int[leaf.shape().size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextInt(bounds.get(leaf));
        }
        return values;
    }

    @Override
    public String toString() {
        return name;
    }
}
