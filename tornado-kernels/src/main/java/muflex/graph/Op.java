package muflex.graph;

import java.util.List;

/**
 * What a node computes. Ops are plain data: their tensors and constants. Each is checked when it is made, so that a
 * graph that was built has shapes that fit. The set is closed; engines switch over it.
 */
public sealed interface Op permits Leaf, LinearOp, ElementOp, NormOp, HeadOp, LossOp, ReduceOp, UpdateOp {

    /** The tensors that the op reads, in the order of its components. */
    List<Tensor> inputs();

    /** The shapes of what it computes; one for most ops. */
    List<Shape> outputs();

    /** The op's name in messages, pictures and timings. */
    default String kind() {
        return getClass().getSimpleName();
    }
}
