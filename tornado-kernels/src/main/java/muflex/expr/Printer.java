package muflex.expr;

import java.lang.reflect.Array;
import java.util.List;

/**
 * Writes expressions as Java-like text. A part that is used several times has a line and a name of its own; the last
 * line is the value. Captured values are {@code c0}, {@code c1} … by slot.
 */
public final class Printer {
    /** Longer chains of operations are cut into lines. */
    private static final int DEPTH = 24;

    // Java's precedences, lowest first.
    private static final int CONDITIONAL = 1;
    private static final int OR = 2;
    private static final int AND = 3;
    private static final int BIT_OR = 4;
    private static final int BIT_XOR = 5;
    private static final int BIT_AND = 6;
    private static final int EQUALITY = 7;
    private static final int RELATIONAL = 8;
    private static final int SHIFT = 9;
    private static final int SUM = 10;
    private static final int PRODUCT = 11;
    private static final int UNARY = 12;
    private static final int ATOM = 13;

    private final NodeMap<String> texts = new NodeMap<>();
    private final NodeMap<Integer> precedences = new NodeMap<>();

    private Printer() {}

    /** The function's value, its captures below it: {@code c0 = 0.5f}, {@code c1 = float[64]}. */
    public static String print(Lifted function) {
        StringBuilder text = new StringBuilder(print(function.body()));
        for (int slot = 0; slot < function.captures().size(); slot++) {
            text.append("\nc")
                    .append(slot)
                    .append(" = ")
                    .append(captured(function.captures().get(slot)));
        }
        return text.toString();
    }

    private static String captured(Object value) {
        if (!value.getClass().isArray()) {
            return constant(value);
        }
        String type = value.getClass().getSimpleName();
        return type.replaceFirst("\\[", "[" + Array.getLength(value));
    }

    /** The expression alone. */
    public static String print(Expr root) {
        return new Printer().lines(new Nodes().intern(List.of(root)).getFirst());
    }

    private String lines(Expr root) {
        StringBuilder lines = new StringBuilder();
        Placement placement = new Placement(List.of(root));
        NodeMap<Integer> depths = new NodeMap<>();
        int names = 0;
        for (Expr e : placement.order()) {
            int depth = 0;
            for (Expr operand : e.operands()) {
                depth = Math.max(depth, depths.get(operand) + 1);
            }
            write(e);
            boolean shared = placement.uses(e) > 1 && !e.operands().isEmpty();
            if ((shared || depth > DEPTH) && !Nodes.same(e, root)) {
                String name = "t" + ++names;
                lines.append(name).append(" = ").append(texts.get(e)).append('\n');
                set(e, name, ATOM);
                depth = 0;
            }
            depths.put(e, depth);
        }
        return lines.append(texts.get(root)).toString();
    }

    private void set(Expr e, String text, int precedence) {
        texts.put(e, text);
        precedences.put(e, precedence);
    }

    private void write(Expr e) {
        switch (e) {
            case Expr.Constant(Type _, Object value) -> {
                String text = constant(value);
                set(e, text, text.startsWith("-") ? UNARY : ATOM);
            }
            case Expr.Parameter p -> set(e, p.name(), ATOM);
            case Expr.Captured c -> set(e, "c" + c.slot(), ATOM);
            case Expr.Read(Storage _, int slot, Expr row, Expr index) ->
                set(
                        e,
                        "c" + slot + (row == null ? "" : "[" + texts.get(row) + "]") + "[" + texts.get(index) + "]",
                        ATOM);
            case Expr.Unary(UnaryOp op, Expr x) -> {
                if (op.isFunction()) {
                    set(e, op.symbol() + "(" + texts.get(x) + ")", ATOM);
                } else {
                    set(e, op.symbol() + at(UNARY + 1, x), UNARY);
                }
            }
            case Expr.Binary(BinaryOp op, Expr a, Expr b) -> binary(e, op, a, b);
            case Expr.Fma(Expr a, Expr b, Expr c) ->
                set(e, "fma(" + texts.get(a) + ", " + texts.get(b) + ", " + texts.get(c) + ")", ATOM);
            case Expr.Compare(Comparison op, Expr a, Expr b) -> {
                boolean equality = op == Comparison.EQ || op == Comparison.NE;
                infix(e, op.symbol(), equality ? EQUALITY : RELATIONAL, a, b);
            }
            case Expr.Select(Expr condition, Expr then, Expr otherwise) -> select(e, condition, then, otherwise);
            case Expr.Cast(Type type, Expr x) -> set(e, "(" + type + ") " + at(UNARY, x), UNARY);
        }
    }

    private static String constant(Object value) {
        return switch (value) {
            case Float f when Float.isFinite(f) -> f + "f";
            case Long l -> l + "L";
            default -> value.toString();
        };
    }

    /** The operand's text, in parentheses if it binds less tightly than {@code precedence}. */
    private String at(int precedence, Expr e) {
        return precedences.get(e) >= precedence ? texts.get(e) : "(" + texts.get(e) + ")";
    }

    private void infix(Expr e, String operator, int precedence, Expr a, Expr b) {
        set(e, at(precedence, a) + " " + operator + " " + at(precedence + 1, b), precedence);
    }

    private void binary(Expr e, BinaryOp op, Expr a, Expr b) {
        if (op.isFunction()) {
            set(e, op.symbol() + "(" + texts.get(a) + ", " + texts.get(b) + ")", ATOM);
            return;
        }
        String right = texts.get(b);
        if (op == BinaryOp.ADD && b instanceof Expr.Constant && right.startsWith("-")) {
            set(e, at(SUM, a) + " - " + right.substring(1), SUM);
            return;
        }
        boolean logical = e.type() == Type.BOOLEAN;
        String symbol = logical && op != BinaryOp.XOR ? op.symbol().repeat(2) : op.symbol();
        infix(e, symbol, precedence(op, logical), a, b);
    }

    private static int precedence(BinaryOp op, boolean logical) {
        return switch (op) {
            case MUL, DIV, REM -> PRODUCT;
            case ADD, SUB -> SUM;
            case SHIFT_LEFT, SHIFT_RIGHT, UNSIGNED_SHIFT_RIGHT -> SHIFT;
            case AND -> logical ? AND : BIT_AND;
            case XOR -> BIT_XOR;
            case OR -> logical ? OR : BIT_OR;
            default -> ATOM;
        };
    }

    private void select(Expr e, Expr condition, Expr then, Expr otherwise) {
        if (otherwise instanceof Expr.Constant(Type _, Object value) && value.equals(false)) {
            infix(e, "&&", AND, condition, then);
        } else if (then instanceof Expr.Constant(Type _, Object value) && value.equals(true)) {
            infix(e, "||", OR, condition, otherwise);
        } else {
            String text = at(CONDITIONAL + 1, condition) + " ? " + at(CONDITIONAL + 1, then) + " : "
                    + at(CONDITIONAL, otherwise);
            set(e, text, CONDITIONAL);
        }
    }
}
