package muflex.expr;

import java.lang.classfile.CodeElement;
import java.lang.classfile.Instruction;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.LineNumber;
import java.lang.classfile.instruction.LocalVariable;
import java.lang.classfile.instruction.LookupSwitchInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.classfile.instruction.TableSwitchInstruction;
import java.lang.classfile.instruction.ThrowInstruction;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A method's instructions by number, the order to visit them in, and its loops. */
final class MethodCode {
    private final Class<?> owner;
    private final MethodModel method;
    private final CodeAttribute attribute;
    private final List<Instruction> instructions = new ArrayList<>();
    private final List<Integer> lines = new ArrayList<>();
    private final Map<Label, Integer> targets = new HashMap<>();
    private final BitSet labelled = new BitSet();
    /** Position in reverse postorder, by instruction; −1 if it can't be reached. */
    private final int[] position;
    /** For each loop the instructions in it; a loop's number is an index here, outer loops come first. */
    private final List<BitSet> loops = new ArrayList<>();

    private final List<Integer> headers = new ArrayList<>();

    MethodCode(Class<?> owner, MethodModel method, CodeAttribute attribute) {
        this.owner = owner;
        this.method = method;
        this.attribute = attribute;
        int line = 0;
        for (CodeElement element : attribute) {
            switch (element) {
                case LineNumber l -> line = l.line();
                case LabelTarget l -> {
                    targets.put(l.label(), instructions.size());
                    labelled.set(instructions.size());
                }
                case Instruction i -> {
                    instructions.add(i);
                    lines.add(line);
                }
                default -> {}
            }
        }
        position = new int[instructions.size()];
        Arrays.fill(position, -1);
        number();
        findLoops();
    }

    Class<?> owner() {
        return owner;
    }

    boolean has(Predicate<Instruction> what) {
        return instructions.stream().anyMatch(what);
    }

    /** Whether a handler is for every {@code Throwable} by name, as javac's for the accessors of record patterns are. */
    boolean catchesAll() {
        return attribute.exceptionHandlers().stream()
                .anyMatch(handler -> handler.catchType()
                        .map(type -> type.asInternalName().equals("java/lang/Throwable"))
                        .orElse(false));
    }

    /** The first instruction whose exceptions the method catches. */
    int firstGuarded() {
        return attribute.exceptionHandlers().stream()
                .mapToInt(handler -> targets.get(handler.tryStart()))
                .min()
                .orElse(0);
    }

    MethodModel method() {
        return method;
    }

    CodeAttribute attribute() {
        return attribute;
    }

    Instruction instruction(int at) {
        return instructions.get(at);
    }

    /** Whether a branch may come to that instruction. */
    boolean isTarget(int at) {
        return labelled.get(at);
    }

    int target(Label label) {
        Integer target = targets.get(label);
        if (target == null) {
            throw new IllegalStateException("label outside of its method");
        }
        return target;
    }

    /** {@code package.Class.method (File.java:line)}. */
    String where(int at) {
        return owner.getName() + "." + method.methodName().stringValue() + " (" + Classes.sourceFile(owner, method)
                + ":" + lines.get(at) + ")";
    }

    /** The name of the parameter in that local, if the class file says. */
    @Nullable
    String parameterName(int slot) {
        for (CodeElement element : attribute) {
            if (element instanceof LocalVariable v && v.slot() == slot && target(v.startScope()) == 0) {
                return v.name().stringValue();
            }
        }
        return null;
    }

    private void number() {
        List<Integer> postorder = new ArrayList<>();
        Deque<int[]> stack = new ArrayDeque<>();
        BitSet entered = new BitSet();
        stack.push(new int[] {0, 0});
        entered.set(0);
        while (!stack.isEmpty()) {
            int[] top = stack.peek();
            List<Integer> next = successors(top[0]);
            if (top[1] == next.size()) {
                postorder.add(top[0]);
                stack.pop();
            } else {
                // The fall-through comes first in successors(), so it ends up last: loop bodies before what follows.
                int successor = next.get(top[1]++);
                if (!entered.get(successor)) {
                    entered.set(successor);
                    stack.push(new int[] {successor, 0});
                }
            }
        }
        for (int i = 0; i < postorder.size(); i++) {
            position[postorder.get(i)] = postorder.size() - 1 - i;
        }
    }

    /** The instructions that may run after that one. */
    private List<Integer> successors(int at) {
        return switch (instructions.get(at)) {
            case ReturnInstruction _, ThrowInstruction _ -> List.of();
            case BranchInstruction b ->
                switch (b.opcode()) {
                    case GOTO, GOTO_W -> List.of(target(b.target()));
                    default -> List.of(at + 1, target(b.target()));
                };
            case TableSwitchInstruction s -> {
                List<Integer> next = new ArrayList<>();
                s.cases().forEach(c -> next.add(target(c.target())));
                next.add(target(s.defaultTarget()));
                yield next;
            }
            case LookupSwitchInstruction s -> {
                List<Integer> next = new ArrayList<>();
                s.cases().forEach(c -> next.add(target(c.target())));
                next.add(target(s.defaultTarget()));
                yield next;
            }
            default -> List.of(at + 1);
        };
    }

    private void findLoops() {
        Map<Integer, List<Integer>> predecessors = new HashMap<>();
        Map<Integer, List<Integer>> backEdges = new HashMap<>();
        for (int at = 0; at < position.length; at++) {
            if (position[at] < 0) {
                continue;
            }
            for (int next : successors(at)) {
                predecessors.computeIfAbsent(next, _ -> new ArrayList<>()).add(at);
                if (position[next] <= position[at]) {
                    backEdges.computeIfAbsent(next, _ -> new ArrayList<>()).add(at);
                }
            }
        }
        backEdges.keySet().stream()
                .sorted((a, b) -> Integer.compare(position[a], position[b]))
                .forEach(header -> {
                    headers.add(header);
                    loops.add(body(header, backEdges.getOrDefault(header, List.of()), predecessors));
                });
    }

    /** The natural loop: what reaches a back edge without passing the header. */
    private static BitSet body(int header, List<Integer> tails, Map<Integer, List<Integer>> predecessors) {
        BitSet body = new BitSet();
        body.set(header);
        Deque<Integer> work = new ArrayDeque<>(tails);
        while (!work.isEmpty()) {
            int at = work.pop();
            if (!body.get(at)) {
                body.set(at);
                work.addAll(predecessors.getOrDefault(at, List.of()));
            }
        }
        return body;
    }

    int loopCount() {
        return loops.size();
    }

    boolean isInLoop(int loop, int at) {
        return loops.get(loop).get(at);
    }

    /** The loop that going from one instruction to another goes round again; −1 if none. */
    int repeats(int from, int to) {
        if (position[to] > position[from]) {
            return -1;
        }
        return headers.indexOf(to);
    }

    /**
     * When to run an instruction, {@code rounds[loop]} times round each loop: lower keys (lexicographically) first.
     * Then everything that can still arrive at an instruction in this round has arrived.
     */
    int[] key(int at, int[] rounds) {
        int[] key = new int[2 * loops.size() + 1];
        int n = 0;
        for (int loop = 0; loop < loops.size(); loop++) {
            if (loops.get(loop).get(at)) {
                key[n++] = position[headers.get(loop)];
                key[n++] = rounds[loop];
            }
        }
        key[n++] = position[at];
        return Arrays.copyOf(key, n);
    }
}
