package muflex.engine.tornado;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import muflex.graph.Graph;
import muflex.graph.Node;
import muflex.graph.ReduceOp;
import muflex.graph.Tensor;
import muflex.graph.UpdateOp;

/**
 * An update by a gradient that is a sum over rows, as a bias has it. Where the rows cancel nothing but their rounding is left of the
 * gradient: so it is with a bias of attention's keys, to which the softmax is blind. Two devices then have different gradients, of
 * whatever sign, and Adam takes a whole step by either.
 *
 * @param changed the parameter first, then the moments
 * @param result the update's output, the parameter after it
 * @param rows that the gradient is the sum of
 */
record RoundedUpdate(List<Tensor> changed, Tensor result, Tensor gradient, Tensor rows) {

    /** All in the nodes that {@code outputs} need. */
    static List<RoundedUpdate> in(Graph graph, List<Tensor> outputs) {
        return graph.needed(outputs).stream().flatMap(RoundedUpdate::of).toList();
    }

    private static Stream<RoundedUpdate> of(Node node) {
        Tensor gradient = switch (node.op()) {
            case UpdateOp.AdamW adam -> adam.gradient();
            case UpdateOp.Sgd sgd -> sgd.gradient();
            default -> null;
        };
        return gradient != null && gradient.op() instanceof ReduceOp.SumRows sum
                ? Stream.of(new RoundedUpdate(((UpdateOp) node.op()).changed(), node.output(0), gradient, sum.x()))
                : Stream.of();
    }

    /** What is to be known of a run besides what it changes. */
    Stream<Tensor> read() {
        return Stream.of(gradient, rows);
    }

    /**
     * How far the changed tensors may be off, as norms: with {@code r} the part of the gradient that may be rounding, moments by {@code r}
     * of their change, or by {@code 2r + r²} if they are of squares. Of a parameter that Adam changes the elements whose gradients
     * are that small, about a part {@code r} of them, may go the other way: {@code 2 √r} of the change, and more only where ε is above the
     * gradients.
     *
     * @param rounding of a row, as a part of its size
     * @param values of {@link #read}, and of the changed tensors after the run
     * @param before the changed tensors before
     */
    void addTo(Map<Tensor, Double> least, double rounding, Map<Tensor, float[]> values, Map<Tensor, float[]> before) {
        double size = Ends.norm(value(values, gradient));
        double r = size == 0 ? 0 : rounding * Ends.norm(value(values, rows)) / size;
        for (Tensor tensor : changed) {
            double part = tensor == changed.getFirst() ? 2 * Math.sqrt(r) + r : 2 * r + r * r;
            double change = distance(value(values, tensor), value(before, tensor));
            double off = part * change;
            least.merge(tensor, Double.isFinite(off) ? off : 0, Double::sum);
        }
        least.put(result, least.getOrDefault(changed.getFirst(), 0.0));
    }

    private static float[] value(Map<Tensor, float[]> values, Tensor tensor) {
        return Objects.requireNonNull(values.get(tensor), tensor::toString);
    }

    private static double distance(float[] a, float[] b) {
        double squares = 0;
        for (int i = 0; i < a.length; i++) {
            double difference = (double) a[i] - b[i];
            squares += difference * difference;
        }
        return Math.sqrt(squares);
    }
}
