package muflex.expr;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One point of a method's lifting: the next instruction, locals, stack, and the decisions that led here. */
final class State {
    int at;
    Path path;
    final int[] rounds;
    private final @Nullable Value[] locals;
    private final List<@Nullable Value> stack;

    private State(int at, Path path, int[] rounds, @Nullable Value[] locals, List<@Nullable Value> stack) {
        this.at = at;
        this.path = path;
        this.rounds = rounds;
        this.locals = locals;
        this.stack = stack;
    }

    /** The beginning of a method that is called with those arguments. */
    static State entry(MethodCode code, List<Value> arguments) {
        @Nullable Value[] locals = new Value[code.attribute().maxLocals()];
        int slot = 0;
        for (Value argument : arguments) {
            locals[slot] = argument;
            slot += argument.words();
        }
        return new State(0, new Path(), new int[code.loopCount()], locals, new ArrayList<>());
    }

    /** The same state at another place. */
    State copy(int to, Path where) {
        return new State(to, where, rounds.clone(), locals.clone(), new ArrayList<>(stack));
    }

    void push(Value value) {
        stack.add(value);
    }

    void push(Expr e) {
        stack.add(new Value.Scalar(e));
    }

    Value pop() throws Unsupported {
        return present(stack.removeLast());
    }

    private static Value present(@Nullable Value value) throws Unsupported {
        if (value == null) {
            throw new Unsupported(
                    "a choice between two objects, or a variable not always set",
                    "choose between their elements instead, or choose outside and capture the result");
        }
        return value;
    }

    /** Pops a number. */
    Expr popScalar(Nodes nodes) throws Unsupported {
        return switch (pop()) {
            case Value.Scalar(Expr e) -> e;
            case Value.Order order -> threeWay(order, nodes);
            case Value.Reference _, Value.Row _ ->
                throw new Unsupported("an object used as a number", "read its fields");
        };
    }

    private static Expr threeWay(Value.Order order, Nodes nodes) {
        Expr below = nodes.compare(Comparison.LT, order.a(), order.b());
        Expr above = nodes.compare(Comparison.GT, order.a(), order.b());
        Expr equal = nodes.compare(Comparison.EQ, order.a(), order.b());
        Expr rest = nodes.constant(order.ifNaN());
        rest = nodes.select(equal, nodes.constant(0), rest);
        rest = nodes.select(above, nodes.constant(1), rest);
        return nodes.select(below, nodes.constant(-1), rest);
    }

    Value local(int slot) throws Unsupported {
        return present(locals[slot]);
    }

    void setLocal(int slot, Value value) {
        locals[slot] = value;
    }

    /** Pops that many words, lowest first. */
    List<Value> popWords(int words) throws Unsupported {
        List<Value> popped = new ArrayList<>();
        for (int n = 0; n < words; n += popped.getFirst().words()) {
            popped.addFirst(pop());
        }
        return popped;
    }

    void pushAll(List<Value> values) {
        stack.addAll(values);
    }

    /** The states, all at one instruction, as one: what differs is chosen by the decisions that led here. */
    static State join(List<State> states, Path root, Nodes nodes) {
        State first = states.getFirst();
        if (states.size() == 1) {
            return first;
        }
        @Nullable Value[] locals = new Value[first.locals.length];
        for (int i = 0; i < locals.length; i++) {
            int slot = i;
            locals[i] = joined(states, state -> state.locals[slot], root, nodes);
        }
        List<@Nullable Value> stack = new ArrayList<>();
        for (int i = 0; i < first.stack.size(); i++) {
            int depth = i;
            stack.add(joined(states, state -> state.stack.get(depth), root, nodes));
        }
        Path path = Path.join(states.stream().map(state -> state.path).toList());
        return new State(first.at, path, first.rounds, locals, stack);
    }

    private interface Part {
        @Nullable
        Value of(State state);
    }

    /** The part's value where the states come together; null if it can't be known there. */
    private static @Nullable Value joined(List<State> states, Part part, Path root, Nodes nodes) {
        Value first = part.of(states.getFirst());
        IdentityHashMap<Path, Expr> at = new IdentityHashMap<>();
        boolean same = true;
        for (State state : states) {
            Value value = part.of(state);
            same &= Value.same(value, first);
            if (value instanceof Value.Scalar(Expr e)) {
                at.put(state.path.resolve(), e);
            }
        }
        if (same) {
            return first;
        }
        boolean alike = at.size() == states.size()
                && at.values().stream().map(Expr::type).distinct().count() == 1;
        return alike ? new Value.Scalar(root.choose(at, nodes)) : null;
    }

    /** Orders states by {@link MethodCode#key}. */
    static int compare(MethodCode code, State a, State b) {
        return Arrays.compare(code.key(a.at, a.rounds), code.key(b.at, b.rounds));
    }
}
