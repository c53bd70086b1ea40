package muflex.graph;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Checks that no node of a program reads a persistent tensor's old value after an update has overwritten it. */
final class UpdateOrder {

    private UpdateOrder() {}

    static void check(List<Node> schedule) {
        Map<Tensor, Node> current = new HashMap<>();
        for (Node node : schedule) {
            for (Tensor input : node.op().inputs()) {
                Node written = current.get(MemoryPlan.root(input));
                Node seen = input.op() instanceof UpdateOp ? input.node() : null;
                Checks.that(
                        written == seen,
                        "%s: expected the value of %s after its update, got the one before; use the update's result, or"
                                + " build this node before the update",
                        node.op().kind(),
                        input);
            }
            if (node.op() instanceof UpdateOp update) {
                update.changed().forEach(tensor -> current.put(MemoryPlan.root(tensor), node));
            }
        }
    }
}
