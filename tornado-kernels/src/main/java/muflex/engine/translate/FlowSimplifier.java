package muflex.engine.translate;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import muflex.engine.translate.Block.End;
import muflex.engine.translate.Block.Statement;
import muflex.engine.translate.Value.Scalar;
import org.jspecify.annotations.Nullable;

/**
 * Undoes what javac did to conditions: jumps to jumps, {@code &&} and {@code ||} spread over blocks, and
 * {@code ? :} spread over a diamond.
 */
final class FlowSimplifier {
    private final Block entry;
    private Map<Block, Integer> predecessors = new HashMap<>();

    private FlowSimplifier(Block entry) {
        this.entry = entry;
    }

    static void simplify(Block entry) {
        FlowSimplifier simplifier = new FlowSimplifier(entry);
        boolean changed = true;
        while (changed) {
            changed = simplifier.pass();
        }
        reachable(entry).forEach(block -> ChoiceInliner.inline(block, entry));
    }

    /** The blocks that can be reached, in the order of the bytecode. */
    static List<Block> reachable(Block entry) {
        SequencedSet<Block> seen = new LinkedHashSet<>(List.of(entry));
        List<Block> open = new ArrayList<>(seen);
        while (!open.isEmpty()) {
            for (Block target : open.removeLast().targets()) {
                if (seen.add(target)) {
                    open.add(target);
                }
            }
        }
        List<Block> all = new ArrayList<>(seen);
        all.sort((a, b) -> Integer.compare(a.start, b.start));
        return all;
    }

    private boolean pass() {
        List<Block> blocks = reachable(entry);
        predecessors = new HashMap<>();
        for (Block block : blocks) {
            block.targets().forEach(target -> predecessors.merge(target, 1, Integer::sum));
        }
        for (Block block : blocks) {
            if (thread(block) || merge(block) || combine(block) || choose(block)) {
                return true;
            }
        }
        return false;
    }

    private boolean onlyFrom(Block target) {
        return target != entry && predecessors.getOrDefault(target, 0) == 1;
    }

    /** Skips over empty blocks that only jump on. */
    private boolean thread(Block block) {
        End old = block.end;
        block.end = switch (old) {
            case End.Jump(Block target) -> new End.Jump(destination(target));
            case End.Branch(Condition condition, Block then, Block otherwise) -> {
                Block a = destination(then);
                Block b = destination(otherwise);
                yield a == b ? new End.Jump(a) : new End.Branch(condition, a, b);
            }
            case End.Choice choice -> {
                LinkedHashMap<Integer, Block> cases = new LinkedHashMap<>();
                choice.cases().forEach((value, target) -> cases.put(value, destination(target)));
                yield new End.Choice(choice.selector(), cases, destination(choice.otherwise()));
            }
            case End.Return r -> r;
            case null -> throw new IllegalStateException(block + " was not simulated");
        };
        return !block.end.equals(old);
    }

    private static Block destination(Block block) {
        return block.statements.isEmpty() && block.end instanceof End.Jump(Block target) && target.start > block.start
                ? target
                : block;
    }

    /** Appends a block that only this one leads to. */
    private boolean merge(Block block) {
        if (!(block.end instanceof End.Jump(Block next)) || !onlyFrom(next) || next == block) {
            return false;
        }
        block.statements.addAll(next.statements);
        block.end = next.end;
        block.endLine = next.endLine;
        return true;
    }

    /** {@code if (a) if (b)} that share a target become one condition. */
    private boolean combine(Block block) {
        if (!(block.end instanceof End.Branch(Condition first, Block then, Block otherwise))) {
            return false;
        }
        End.Branch combined = null;
        if (bare(otherwise) instanceof End.Branch(Condition second, Block then2, Block otherwise2)) {
            if (then2 == then) {
                combined = new End.Branch(new Condition.Either(first, second), then, otherwise2);
            } else if (otherwise2 == then) {
                combined = new End.Branch(new Condition.Either(first, second.negated()), then, then2);
            }
        }
        if (combined == null && bare(then) instanceof End.Branch(Condition second, Block then2, Block otherwise2)) {
            if (otherwise2 == otherwise) {
                combined = new End.Branch(new Condition.Both(first, second), then2, otherwise);
            } else if (then2 == otherwise) {
                combined = new End.Branch(new Condition.Both(first, second.negated()), otherwise2, otherwise);
            }
        }
        if (combined == null) {
            return false;
        }
        block.end = combined;
        return true;
    }

    /** The branch of a block that does nothing else and that only one block leads to; else null. */
    private End.@Nullable Branch bare(Block block) {
        return onlyFrom(block) && block.statements.isEmpty() && block.end instanceof End.Branch branch ? branch : null;
    }

    /** Both arms set the same variable and meet: a conditional expression. */
    private boolean choose(Block block) {
        if (!(block.end instanceof End.Branch(Condition condition, Block then, Block otherwise))
                || !onlyFrom(then)
                || !onlyFrom(otherwise)
                || !(then.end instanceof End.Jump(Block meet))
                || !(otherwise.end instanceof End.Jump(Block meet2))
                || meet != meet2) {
            return false;
        }
        Statement a = single(then);
        Statement b = single(otherwise);
        if (a == null
                || b == null
                || a.target() == null
                || a.value() == null
                || b.value() == null
                || !a.target().equals(b.target())) {
            return false;
        }
        // The condition that was tested first in the source is the one that falls through.
        Condition chosen = condition.negated();
        String text = chosen.in(C.CONDITIONAL + 1) + " ? " + b.value().in(C.CONDITIONAL + 1) + " : "
                + a.value().in(C.CONDITIONAL);
        Scalar value = Scalar.of(a.value().kind(), text, C.CONDITIONAL, a.value(), b.value());
        block.statements.add(Statement.assign(a.target(), value, block.endLine));
        block.end = new End.Jump(meet);
        return true;
    }

    private static @Nullable Statement single(Block block) {
        return block.statements.size() == 1 ? block.statements.getFirst() : null;
    }
}
