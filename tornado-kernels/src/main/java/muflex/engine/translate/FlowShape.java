package muflex.engine.translate;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where each block goes in structured text. A block is written inside the one that dominates it: in place of the jump
 * that leads there if that is the only one, else after what that block encloses. Blocks after a loop follow its header.
 * A loop is the span of the bytecode from its header to the last jump back, as javac lays loops out.
 */
final class FlowShape {
    private final List<Block> order;
    private final Map<Block, Integer> number = new HashMap<>();
    private final int[] dominator;
    private final int[] lastBack;
    private final Map<Block, List<Block>> follows = new HashMap<>();
    private final Map<Block, List<Block>> afterLoop = new HashMap<>();
    private final Map<Block, Block> inlineParent = new HashMap<>();

    FlowShape(Block entry) {
        order = FlowSimplifier.reachable(entry);
        for (Block block : order) {
            number.put(block, number.size());
        }
        dominator = new int[order.size()];
        lastBack = new int[order.size()];
        List<List<Integer>> predecessors = predecessors();
        dominate(predecessors);
        findLoops();
        for (int i = 1; i < order.size(); i++) {
            place(i, predecessors.get(i));
        }
    }

    private int number(Block block) {
        return number.getOrDefault(block, -1);
    }

    private List<List<Integer>> predecessors() {
        List<List<Integer>> predecessors = new ArrayList<>();
        order.forEach(block -> predecessors.add(new ArrayList<>()));
        for (Block block : order) {
            block.targets().forEach(target -> predecessors.get(number(target)).add(number(block)));
        }
        return predecessors;
    }

    /** Bytecode order is topological but for jumps back, so one pass over forward edges finds the dominators. */
    private void dominate(List<List<Integer>> predecessors) {
        for (int i = 1; i < order.size(); i++) {
            int common = -1;
            for (int p : predecessors.get(i)) {
                if (p < i) {
                    common = common < 0 ? p : intersect(common, p);
                }
            }
            dominator[i] = common;
        }
    }

    private int intersect(int a, int b) {
        int x = a;
        int y = b;
        while (x != y) {
            if (x > y) {
                x = dominator[x];
            } else {
                y = dominator[y];
            }
        }
        return x;
    }

    private void findLoops() {
        java.util.Arrays.fill(lastBack, -1);
        for (int i = 0; i < order.size(); i++) {
            for (Block target : order.get(i).targets()) {
                int header = number(target);
                if (header <= i) {
                    if (!dominates(header, i)) {
                        throw new IllegalStateException("a jump into a loop at bytecode " + target.start);
                    }
                    lastBack[header] = Math.max(lastBack[header], i);
                }
            }
        }
    }

    private boolean dominates(int a, int b) {
        int x = b;
        while (x > a) {
            x = dominator[x];
        }
        return x == a;
    }

    private boolean inLoop(int header, int block) {
        return header <= block && block <= lastBack[header];
    }

    private void place(int i, List<Integer> predecessors) {
        Block block = order.get(i);
        int parent = dominator[i];
        for (int header = parent; ; header = dominator[header]) {
            // Walking up from the dominator, the last loop found that it leaves is the outermost.
            if (lastBack[header] >= 0 && inLoop(header, parent) && !inLoop(header, i)) {
                leave(block, header);
            }
            if (header == 0) {
                break;
            }
        }
        if (afterLoop.values().stream().anyMatch(blocks -> blocks.contains(block))) {
            return;
        }
        long forward = predecessors.stream().filter(p -> p < i).count();
        if (forward > 1) {
            follows.computeIfAbsent(order.get(parent), b -> new ArrayList<>()).add(block);
        } else {
            inlineParent.put(block, order.get(parent));
        }
    }

    private void leave(Block block, int header) {
        afterLoop.values().forEach(blocks -> blocks.remove(block));
        afterLoop.computeIfAbsent(order.get(header), b -> new ArrayList<>()).add(block);
    }

    boolean isLoop(Block block) {
        return lastBack[number(block)] >= 0;
    }

    /** Blocks written after what {@code block} encloses, in order; inside the loop if it is a header. */
    List<Block> follows(Block block) {
        return follows.getOrDefault(block, List.of());
    }

    /** Blocks written after the loop that {@code header} begins, in order. */
    List<Block> afterLoop(Block header) {
        return afterLoop.getOrDefault(header, List.of());
    }

    /** The block in which {@code block} takes the place of the jump to it, or null. */
    @Nullable
    Block inlineParent(Block block) {
        return inlineParent.get(block);
    }
}
