package muflex.engine.translate;

import java.util.HashSet;
import java.util.Set;
import muflex.engine.translate.Value.Comparison;
import muflex.engine.translate.Value.Scalar;
import org.jspecify.annotations.Nullable;

/** A branch's condition, which can be negated without a NaN changing sides. */
sealed interface Condition {

    String text();

    int precedence();

    Condition negated();

    Set<String> reads();

    boolean memory();

    /** The truth, where constants decide it; else null. */
    default @Nullable Boolean decided() {
        return null;
    }

    default String in(int outer) {
        return precedence() < outer ? "(" + text() + ")" : text();
    }

    /** {@code left relation right}, or its negation, of floating-point values with {@code floating}. */
    record Compare(Scalar left, String relation, Scalar right, boolean floating, boolean not) implements Condition {

        @Override
        public @Nullable Boolean decided() {
            if (!(left.constant() instanceof Integer a) || !(right.constant() instanceof Integer b)) {
                return null;
            }
            return switch (relation) {
                case "==" -> a.intValue() == b;
                case "!=" -> a.intValue() != b;
                case "<" -> a < b;
                case "<=" -> a <= b;
                case ">" -> a > b;
                default -> a >= b;
            };
        }

        @Override
        public String text() {
            String bare = C.binary(Kind.INT, relation, left, right).text();
            return not ? "!(" + bare + ")" : bare;
        }

        @Override
        public int precedence() {
            return not ? C.UNARY : C.binary(Kind.INT, relation, left, right).precedence();
        }

        @Override
        public Condition negated() {
            return floating && !relation.equals("==") && !relation.equals("!=")
                    ? new Compare(left, relation, right, true, !not)
                    : new Compare(left, opposite(relation), right, floating, false);
        }

        @Override
        public Set<String> reads() {
            Set<String> reads = new HashSet<>(left.reads());
            reads.addAll(right.reads());
            return reads;
        }

        @Override
        public boolean memory() {
            return left.memory() || right.memory();
        }
    }

    record Both(Condition left, Condition right) implements Condition {

        @Override
        public String text() {
            return left.in(C.AND) + " && " + right.in(C.AND);
        }

        @Override
        public int precedence() {
            return C.AND;
        }

        @Override
        public Condition negated() {
            return new Either(left.negated(), right.negated());
        }

        @Override
        public Set<String> reads() {
            return union(left, right);
        }

        @Override
        public boolean memory() {
            return left.memory() || right.memory();
        }
    }

    record Either(Condition left, Condition right) implements Condition {

        @Override
        public String text() {
            return operand(left) + " || " + operand(right);
        }

        /** Parentheses round an and inside an or, which C does not need but readers do. */
        private static String operand(Condition condition) {
            return condition instanceof Both ? "(" + condition.text() + ")" : condition.in(C.OR);
        }

        @Override
        public int precedence() {
            return C.OR;
        }

        @Override
        public Condition negated() {
            return new Both(left.negated(), right.negated());
        }

        @Override
        public Set<String> reads() {
            return union(left, right);
        }

        @Override
        public boolean memory() {
            return left.memory() || right.memory();
        }
    }

    private static Set<String> union(Condition left, Condition right) {
        Set<String> reads = new HashSet<>(left.reads());
        reads.addAll(right.reads());
        return reads;
    }

    /** What {@code if<relation>} after a comparison instruction tests, NaN going where the instruction sends it. */
    static Condition of(Comparison comparison, String relation) {
        boolean floating = comparison.notANumber() != Comparison.NotANumber.NONE;
        boolean nanJumps = switch (comparison.notANumber()) {
            case NONE -> false;
            case LESS -> relation.startsWith("<") || relation.equals("!=");
            case GREATER -> relation.startsWith(">") || relation.equals("!=");
        };
        return nanJumps && !relation.equals("!=")
                ? new Compare(comparison.left(), opposite(relation), comparison.right(), true, true)
                : new Compare(comparison.left(), relation, comparison.right(), floating, false);
    }

    static Condition of(Scalar left, String relation, Scalar right) {
        return new Compare(left, relation, right, false, false);
    }

    private static String opposite(String relation) {
        return switch (relation) {
            case "==" -> "!=";
            case "!=" -> "==";
            case "<" -> ">=";
            case "<=" -> ">";
            case ">" -> "<=";
            case ">=" -> "<";
            default -> throw new IllegalArgumentException("relation: expected one of C's, got " + relation);
        };
    }
}
