package muflex.expr;

import java.lang.classfile.Instruction;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.LookupSwitchInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.classfile.instruction.SwitchCase;
import java.lang.classfile.instruction.TableSwitchInstruction;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Lifts one call of a method: runs it on expressions instead of numbers. Where a branch can't be decided both
 * sides run, in the order of {@link MethodCode#key}, and come together at the next instruction both reach.
 */
final class Execution {
    /** How often a loop may decide on data whether to go on. */
    private static final int MAX_UNDECIDED = 1024;

    private final Lifting lifting;
    private final Nodes nodes;
    private final MethodCode code;
    private final Operations operations;
    private final PriorityQueue<State> pending;
    private final List<State> returned = new ArrayList<>();
    private final List<Value> results = new ArrayList<>();
    private final int[] undecided;
    private Path root = new Path();

    Execution(Lifting lifting, MethodCode code) {
        this.lifting = lifting;
        this.nodes = lifting.nodes();
        this.code = code;
        this.operations = new Operations(lifting, code);
        this.pending = new PriorityQueue<>((a, b) -> State.compare(code, a, b));
        this.undecided = new int[code.loopCount()];
    }

    /** The value that the method returns; null if it is void. */
    @Nullable
    Value run(List<Value> arguments) {
        State entry = State.entry(code, arguments);
        root = entry.path;
        pending.add(entry);
        while (!pending.isEmpty()) {
            State state = next();
            try {
                advance(state);
            } catch (Unsupported unsupported) {
                throw unsupported.at(code, state.at);
            }
        }
        return result();
    }

    /** The first state, joined with all that are at its instruction in the same round. */
    private State next() {
        List<State> together = new ArrayList<>();
        together.add(pending.remove());
        while (!pending.isEmpty() && State.compare(code, together.getFirst(), pending.element()) == 0) {
            together.add(pending.remove());
        }
        return State.join(together, root, nodes);
    }

    /** Runs to the next place where paths part or may come together. */
    private void advance(State state) throws Unsupported {
        while (true) {
            lifting.count();
            Instruction instruction = code.instruction(state.at);
            switch (instruction) {
                case BranchInstruction b -> {
                    branch(state, b);
                    return;
                }
                case TableSwitchInstruction s -> {
                    choose(state, s.cases(), code.target(s.defaultTarget()));
                    return;
                }
                case LookupSwitchInstruction s -> {
                    choose(state, s.cases(), code.target(s.defaultTarget()));
                    return;
                }
                case ReturnInstruction r -> {
                    if (r.opcode() != Opcode.RETURN) {
                        results.add(state.pop());
                    }
                    returned.add(state);
                    return;
                }
                default -> operations.apply(state, instruction);
            }
            state.at++;
            if (code.isTarget(state.at)) {
                pending.add(state);
                return;
            }
        }
    }

    private void branch(State state, BranchInstruction b) throws Unsupported {
        int target = code.target(b.target());
        if (b.opcode() == Opcode.GOTO || b.opcode() == Opcode.GOTO_W) {
            go(state, state.path, target);
            return;
        }
        Expr condition = operations.condition(state, b.opcode());
        // Source code's condition is that of falling through.
        decide(state, nodes.not(condition), state.at + 1, target);
    }

    private void decide(State state, Expr condition, int then, int otherwise) throws Unsupported {
        Object known = lifting.known(condition);
        if (known != null) {
            go(state, state.path, (Boolean) known ? then : otherwise);
            return;
        }
        for (int loop = 0; loop < undecided.length; loop++) {
            if (code.isInLoop(loop, state.at)
                    && code.isInLoop(loop, then) != code.isInLoop(loop, otherwise)
                    && ++undecided[loop] > MAX_UNDECIDED) {
                throw new Unsupported(
                        "a loop whose trip count is not constant", "bound it by a constant or a captured int");
            }
        }
        Path leaf = state.path.resolve();
        go(state, leaf.branch(condition), then);
        go(state, leaf.otherwise(), otherwise);
    }

    private void go(State from, Path path, int to) {
        State state = from.copy(to, path);
        int loop = code.repeats(from.at, to);
        if (loop >= 0) {
            state.rounds[loop]++;
        }
        for (int l = 0; l < state.rounds.length; l++) {
            // A loop that is entered anew counts from its first round again.
            if (!code.isInLoop(l, to)) {
                state.rounds[l] = 0;
            }
        }
        pending.add(state);
    }

    private void choose(State state, List<SwitchCase> cases, int byDefault) throws Unsupported {
        Expr selector = state.popScalar(nodes);
        State at = state;
        for (SwitchCase one : cases) {
            int target = code.target(one.target());
            if (target == byDefault) {
                continue;
            }
            Expr condition = nodes.compare(Comparison.EQ, selector, nodes.constant(one.caseValue()));
            Object known = lifting.known(condition);
            if (known == null) {
                Path leaf = at.path.resolve();
                go(at, leaf.branch(condition), target);
                at = at.copy(at.at, leaf.otherwise());
            } else if ((Boolean) known) {
                go(at, at.path, target);
                return;
            }
        }
        go(at, at.path, byDefault);
    }

    private @Nullable Value result() {
        if (results.isEmpty()) {
            return null;
        }
        Value first = results.getFirst();
        if (results.stream().allMatch(other -> Value.same(first, other))) {
            return first;
        }
        IdentityHashMap<Path, Expr> at = new IdentityHashMap<>();
        for (int i = 0; i < results.size(); i++) {
            if (!(results.get(i) instanceof Value.Scalar(Expr e))) {
                throw new Unsupported("a choice between two objects", "choose between their elements instead")
                        .at(code, returned.get(i).at);
            }
            at.put(returned.get(i).path.resolve(), e);
        }
        return new Value.Scalar(root.choose(at, nodes));
    }
}
