package muflex.expr;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What all the method calls of one lifting share: nodes, captures, class files, and limits. */
final class Lifting {
    private static final int MAX_STEPS = 200_000;
    private static final int MAX_NODES = 50_000;
    private static final int MAX_OPERATIONS = 5_000;
    private static final int MAX_DEPTH = 64;

    /** A captured scalar is known by the object it was found in and its place there. */
    private record Place(int holder, String part) {}

    private final Nodes nodes = new Nodes();
    private final Classes classes = new Classes();
    private final Captures captures = new Captures();
    private final Map<Place, Integer> scalars = new HashMap<>();
    private final Captures holders = new Captures();
    private final NodeMap<Object> known = new NodeMap<>();
    private final List<Call> calls = new ArrayList<>();
    private int steps;

    private record Call(MethodCode code, List<Value> arguments) {
        /** The same method on the same objects: numbers don't tell calls apart, as they may never settle. */
        boolean repeats(Call other) {
            boolean same = code.method() == other.code.method() && arguments.size() == other.arguments.size();
            for (int i = 0; same && i < arguments.size(); i++) {
                Value mine = arguments.get(i);
                same = mine instanceof Value.Scalar || Value.same(mine, other.arguments.get(i));
            }
            return same;
        }
    }

    Nodes nodes() {
        return nodes;
    }

    Classes classes() {
        return classes;
    }

    List<Object> captures() {
        return captures.list();
    }

    /** The slot of a captured array. */
    int slot(Object array) {
        return captures.slot(array);
    }

    /** The value of a captured scalar as stack machines see it: booleans, bytes, shorts and chars are ints. */
    Value scalar(Object holder, String part, Object box) {
        Object value = Signatures.widened(box);
        Place place = new Place(holders.slot(holder), part);
        Integer slot = scalars.get(place);
        if (slot == null) {
            slot = captures.add(value);
            scalars.put(place, slot);
        }
        Expr e = nodes.make(new Expr.Captured(typeOf(value), slot));
        return new Value.Scalar(e.type() == Type.BOOLEAN ? nodes.cast(Type.INT, e) : e);
    }

    /** The type of a boxed scalar. */
    static Type typeOf(Object value) {
        for (Type type : Type.values()) {
            if (type.box().isInstance(value)) {
                return type;
            }
        }
        throw new IllegalArgumentException("value: expected a boxed primitive, got " + value.getClass());
    }

    /** The expression's value, if constants and captured scalars decide it; otherwise null. */
    @Nullable
    Object known(Expr e) {
        if (!nodes.isFixed(e)) {
            return null;
        }
        for (Expr node : Dag.order(e)) {
            if (!known.has(node)) {
                Object value = evaluate(node);
                if (value == null) {
                    return null;
                }
                known.put(node, value);
            }
        }
        return known.get(e);
    }

    private @Nullable Object evaluate(Expr node) {
        return switch (node) {
            case Expr.Constant c -> c.value();
            case Expr.Captured c -> captures.get(c.slot());
            case Expr.Unary(UnaryOp op, Expr x) -> Fold.unary(op, known.get(x));
            case Expr.Binary(BinaryOp op, Expr a, Expr b) -> Fold.binary(op, known.get(a), known.get(b));
            case Expr.Fma(Expr a, Expr b, Expr c) -> Fold.fma(known.get(a), known.get(b), known.get(c));
            case Expr.Compare(Comparison op, Expr a, Expr b) -> Fold.compare(op, known.get(a), known.get(b));
            case Expr.Select(Expr c, Expr a, Expr b) -> (Boolean) known.get(c) ? known.get(a) : known.get(b);
            case Expr.Cast(Type type, Expr x) -> Fold.cast(type, known.get(x));
            case Expr.Parameter _, Expr.Read _ -> null;
        };
    }

    /** Refuses an expression whose code would not fit into one method. */
    void check(Expr body, String text) {
        long operations =
                Dag.order(body).stream().filter(e -> !e.operands().isEmpty()).count();
        if (operations > MAX_OPERATIONS) {
            throw new LiftException("lambda: expected at most " + MAX_OPERATIONS + " operations, loops unrolled, got "
                    + operations + " in " + text + "; make its loops shorter");
        }
    }

    /** Counts an instruction. */
    void count() throws Unsupported {
        if (++steps > MAX_STEPS) {
            throw new Unsupported("more than " + MAX_STEPS + " steps", "make its loops shorter");
        }
        if (nodes.size() > MAX_NODES) {
            throw new Unsupported("more than " + MAX_NODES + " operations, loops unrolled", "make its loops shorter");
        }
    }

    /** The value of a call of that method; null if it is void. */
    @Nullable
    Value call(MethodCode code, List<Value> arguments) throws Unsupported {
        Call call = new Call(code, List.copyOf(arguments));
        if (calls.size() >= MAX_DEPTH || calls.stream().anyMatch(call::repeats)) {
            throw new Unsupported(
                    "a recursive call of " + code.method().methodName().stringValue(), "write it as a loop");
        }
        if (!code.attribute().exceptionHandlers().isEmpty()) {
            throw Constructs.guarded(code).at(code, code.firstGuarded());
        }
        calls.add(call);
        Value value = new Execution(this, code).run(arguments);
        calls.removeLast();
        return value;
    }
}
