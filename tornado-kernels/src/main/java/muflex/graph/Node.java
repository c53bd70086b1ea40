package muflex.graph;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** One step of a graph. Nodes are numbered in the order they were added, and a node only uses earlier ones. */
public final class Node {

    private final Graph graph;
    private final int id;
    private final Op op;
    private final List<Tensor> outputs;

    Node(Graph graph, int id, Op op) {
        this.graph = graph;
        this.id = id;
        this.op = op;
        List<Shape> shapes = op.outputs();
        List<Tensor> made = new ArrayList<>();
        for (int i = 0; i < shapes.size(); i++) {
            ElementType type = op instanceof Leaf leaf ? leaf.type() : ElementType.FLOAT;
            made.add(new Tensor(this, i, nameOf(i, shapes.size()), shapes.get(i), type));
        }
        this.outputs = Collections.unmodifiableList(made);
    }

    private String nameOf(int output, int count) {
        if (op instanceof Leaf.Named named) {
            return named.name();
        }
        String base = op.kind() + "#" + id;
        return count == 1 ? base : base + "." + output;
    }

    Graph graph() {
        return graph;
    }

    public int id() {
        return id;
    }

    public Op op() {
        return op;
    }

    public List<Tensor> outputs() {
        return outputs;
    }

    public Tensor output(int index) {
        return outputs.get(index);
    }

    @Override
    public String toString() {
        return id + ": " + outputs + " = " + op.kind() + op.inputs();
    }
}
