package muflex.graph;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a program runs, in which order, and which array holds each tensor. A tensor that only lives between two nodes
 * shares its array with others of its size that live at other times; where an op may overwrite an input that nobody
 * needs any more, its output takes the input's place. Parameters and states belong to the storage; inputs, outputs and
 * constants have arrays of their own.
 */
public final class MemoryPlan {

    /** Where a tensor lives. */
    public enum Place {
        /** In the caller's storage: parameters, states, and what updates make of them. */
        STORAGE,
        /** In an array of its own that the caller writes. */
        INPUT,
        /** In an array of its own, computed once. */
        CONSTANT,
        /** In an array of its own that the caller reads. */
        OUTPUT,
        /** In an array shared with tensors that live at other times. */
        SHARED
    }

    private final List<Node> schedule;
    private final Set<Tensor> outputs;
    private final Set<Node> constants = new HashSet<>();
    private final Map<Tensor, Integer> lastUse = new HashMap<>();
    private final Map<Tensor, Integer> slots = new HashMap<>();
    private final List<Integer> slotSizes = new ArrayList<>();
    private final Map<Integer, Deque<Integer>> free = new HashMap<>();
    private long unshared;

    private MemoryPlan(Graph graph, List<Tensor> outputs) {
        this.schedule = graph.needed(outputs);
        this.outputs = new HashSet<>(outputs);
        UpdateOrder.check(schedule);
        for (int step = 0; step < schedule.size(); step++) {
            Node node = schedule.get(step);
            boolean constant = !(node.op() instanceof Leaf.Named)
                    && node.op().inputs().stream().allMatch(input -> constants.contains(input.node()));
            if (constant) {
                constants.add(node);
            }
            for (Tensor input : node.op().inputs()) {
                lastUse.put(input, step);
            }
        }
        for (int step = 0; step < schedule.size(); step++) {
            assign(step);
        }
    }

    /** The plan of the program that computes {@code outputs}. */
    public static MemoryPlan of(Graph graph, List<Tensor> outputs) {
        return new MemoryPlan(graph, outputs);
    }

    /** The nodes that run each time, in order: all that are needed but leaves and constants. */
    public List<Node> steps() {
        return schedule.stream()
                .filter(node -> !(node.op() instanceof Leaf.Named) && !constants.contains(node))
                .toList();
    }

    /** The nodes that run once, in order. */
    public List<Node> constants() {
        return schedule.stream().filter(constants::contains).toList();
    }

    /** Every tensor of the program, in order. */
    public List<Tensor> tensors() {
        return schedule.stream().flatMap(node -> node.outputs().stream()).toList();
    }

    public Place place(Tensor tensor) {
        return switch (tensor.op()) {
            case Leaf.Parameter p -> Place.STORAGE;
            case Leaf.State s -> Place.STORAGE;
            case Leaf.Input i -> Place.INPUT;
            case UpdateOp u -> Place.STORAGE;
            default ->
                constants.contains(tensor.node())
                        ? Place.CONSTANT
                        : outputs.contains(tensor) ? Place.OUTPUT : Place.SHARED;
        };
    }

    /** The leaf whose array holds {@code tensor}: the updated one for an update, otherwise the tensor itself. */
    public static Tensor root(Tensor tensor) {
        Tensor root = tensor;
        while (root.op() instanceof UpdateOp update) {
            root = update.changed().getFirst();
        }
        return root;
    }

    /** The number of the shared array that holds a tensor whose place is {@link Place#SHARED}. */
    public int slot(Tensor tensor) {
        Integer slot = slots.get(tensor);
        if (slot == null) {
            throw new IllegalArgumentException("slot: expected a shared tensor, got " + tensor + " in " + place(tensor)
                    + "; ask for its place first");
        }
        return slot;
    }

    /** The lengths of the shared arrays. */
    public List<Integer> slotSizes() {
        return Collections.unmodifiableList(slotSizes);
    }

    /** Bytes of the shared arrays. */
    public long bytes() {
        return slotSizes.stream().mapToLong(size -> 4L * size).sum();
    }

    /** Bytes that the same tensors would take without sharing. */
    public long bytesWithoutSharing() {
        return unshared;
    }

    private void assign(int step) {
        Node node = schedule.get(step);
        Set<Integer> taken = new HashSet<>();
        for (Tensor output : node.outputs()) {
            if (place(output) == Place.SHARED) {
                int overwritten = overwritten(node, output, step, taken);
                int slot = overwritten >= 0 ? overwritten : fresh(output.shape().size());
                slots.put(output, slot);
                taken.add(slot);
                unshared += 4L * output.shape().size();
            }
        }
        for (Tensor tensor : new HashSet<>(node.op().inputs())) {
            release(tensor, step, taken);
        }
        for (Tensor output : node.outputs()) {
            if (!lastUse.containsKey(output)) {
                release(output, step, Set.of());
            }
        }
    }

    /** The slot of an input that {@code output} may take over; −1 if there is none. */
    private int overwritten(Node node, Tensor output, int step, Set<Integer> taken) {
        for (Tensor input : Overwriting.candidates(node.op(), output.index())) {
            Integer slot = slots.get(input);
            if (slot != null
                    && !taken.contains(slot)
                    && lastUse.getOrDefault(input, -1) == step
                    && slotSizes.get(slot) == output.shape().size()) {
                return slot;
            }
        }
        return -1;
    }

    private int fresh(int size) {
        Deque<Integer> reusable = free.get(size);
        if (reusable != null && !reusable.isEmpty()) {
            return reusable.pop();
        }
        slotSizes.add(size);
        return slotSizes.size() - 1;
    }

    private void release(Tensor tensor, int step, Set<Integer> taken) {
        Integer slot = slots.get(tensor);
        if (slot != null && !taken.contains(slot) && lastUse.getOrDefault(tensor, step) == step) {
            free.computeIfAbsent(slotSizes.get(slot), size -> new ArrayDeque<>())
                    .push(slot);
        }
    }

    @Override
    public String toString() {
        return schedule.size() + " nodes, " + slotSizes.size() + " shared arrays, " + bytes() + " bytes ("
                + bytesWithoutSharing() + " without sharing)";
    }
}
