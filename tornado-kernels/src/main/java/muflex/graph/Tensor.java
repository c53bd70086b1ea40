package muflex.graph;

/**
 * A value in a graph: one output of one node. It has no elements of its own; a compiled program holds them, row-major.
 * Two tensors are equal only if they are the same.
 */
public final class Tensor {

    private final Node node;
    private final int index;
    private final String name;
    private final Shape shape;
    private final ElementType type;

    Tensor(Node node, int index, String name, Shape shape, ElementType type) {
        this.node = node;
        this.index = index;
        this.name = name;
        this.shape = shape;
        this.type = type;
    }

    /** The node that computes this tensor. */
    public Node node() {
        return node;
    }

    /** The op that computes this tensor. */
    public Op op() {
        return node.op();
    }

    /** Which output of its node this is. */
    public int index() {
        return index;
    }

    /** The name given by the model for a parameter, state or input; otherwise made of op and node number. */
    public String name() {
        return name;
    }

    public Shape shape() {
        return shape;
    }

    public ElementType type() {
        return type;
    }

    /** Whether the tensor's contents outlive a run: parameters and states. */
    public boolean persistent() {
        return op() instanceof Leaf.Parameter || op() instanceof Leaf.State;
    }

    @Override
    public String toString() {
        return name + " " + shape;
    }
}
