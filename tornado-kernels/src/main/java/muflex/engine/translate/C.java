package muflex.engine.translate;

import java.util.ArrayList;
import java.util.List;
import muflex.engine.translate.Value.Scalar;

/** C's expression syntax: precedence, literals, and integer constants folded on the way. */
final class C {
    static final int CONDITIONAL = 3;
    static final int OR = 4;
    static final int AND = 5;
    static final int BIT_OR = 6;
    static final int BIT_XOR = 7;
    static final int BIT_AND = 8;
    static final int EQUALITY = 9;
    static final int RELATION = 10;
    static final int SHIFT = 11;
    static final int SUM = 12;
    static final int PRODUCT = 13;
    static final int UNARY = 14;
    static final int PRIMARY = 15;

    private C() {}

    static Scalar constant(Number value) {
        return switch (value) {
            case Integer i -> literal(Kind.INT, i, i == Integer.MIN_VALUE ? "(-2147483647 - 1)" : i.toString(), i < 0);
            case Long l ->
                literal(
                        Kind.LONG,
                        l,
                        l == Long.MIN_VALUE ? "(-9223372036854775807L - 1L)" : l + "L",
                        l < 0 && l != Long.MIN_VALUE);
            case Float f -> literal(Kind.FLOAT, f, text(f), f < 0 || 1 / f < 0);
            case Double d -> {
                Scalar exact = literal(Kind.DOUBLE, d, text(d), d < 0 || 1 / d < 0);
                float narrow = d.floatValue();
                yield narrow == d || d.isNaN() ? exact.withSingle(constant(narrow)) : exact;
            }
            default -> throw new IllegalArgumentException("constant: expected a number, got " + value);
        };
    }

    private static Scalar literal(Kind kind, Number value, String text, boolean negative) {
        return new Scalar(kind, text, negative ? UNARY : PRIMARY, java.util.Set.of(), false, value, null);
    }

    static String text(float value) {
        if (Float.isNaN(value)) {
            return "NAN";
        }
        if (Float.isInfinite(value)) {
            return value > 0 ? "INFINITY" : "-INFINITY";
        }
        return value + "f";
    }

    private static String text(double value) {
        if (Double.isNaN(value)) {
            return "NAN";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "INFINITY" : "-INFINITY";
        }
        return Double.toString(value);
    }

    /** {@code a op b}; the right operand of equal precedence keeps its parentheses, so nothing is reassociated. */
    static Scalar binary(Kind kind, String operator, Scalar a, Scalar b) {
        int precedence = precedence(operator);
        return Scalar.of(kind, a.in(precedence) + " " + operator + " " + b.in(precedence + 1), precedence, a, b);
    }

    static Scalar negate(Scalar a) {
        String operand = a.in(UNARY);
        return Scalar.of(a.kind(), "-" + (operand.startsWith("-") ? "(" + operand + ")" : operand), UNARY, a);
    }

    static Scalar cast(Kind kind, String type, Scalar a) {
        return Scalar.of(kind, "(" + type + ") " + a.in(UNARY), UNARY, a);
    }

    static Scalar call(Kind kind, String function, Scalar... arguments) {
        List<String> texts = new ArrayList<>();
        for (Scalar argument : arguments) {
            texts.add(argument.text());
        }
        return Scalar.of(kind, function + "(" + String.join(", ", texts) + ")", PRIMARY, arguments);
    }

    private static int precedence(String operator) {
        return switch (operator) {
            case "*", "/", "%" -> PRODUCT;
            case "+", "-" -> SUM;
            case "<<", ">>" -> SHIFT;
            case "<", "<=", ">", ">=" -> RELATION;
            case "==", "!=" -> EQUALITY;
            case "&" -> BIT_AND;
            case "^" -> BIT_XOR;
            case "|" -> BIT_OR;
            default -> throw new IllegalArgumentException("operator: expected one of C's, got " + operator);
        };
    }
}
