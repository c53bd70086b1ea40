package muflex.engine.translate;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the simulated operand stack holds. */
sealed interface Value {

    /**
     * A C expression without side effects.
     *
     * @param precedence of its outermost operator, as in {@link C}
     * @param reads the C variables it reads
     * @param memory whether it reads an array
     * @param constant its value where that is known, an Integer, Long, Float or Double
     * @param single of a double: the same computed in float, where that is meant to be as good; else null
     */
    record Scalar(
            Kind kind,
            String text,
            int precedence,
            Set<String> reads,
            boolean memory,
            @Nullable Number constant,
            @Nullable Scalar single)
            implements Value {

        static Scalar variable(Kind kind, String name) {
            return new Scalar(kind, name, C.PRIMARY, Set.of(name), false, null, null);
        }

        /** An expression over {@code operands}, with what they read. */
        static Scalar of(Kind kind, String text, int precedence, Scalar... operands) {
            Set<String> reads = new HashSet<>();
            boolean memory = false;
            for (Scalar operand : operands) {
                reads.addAll(operand.reads);
                memory |= operand.memory;
            }
            return new Scalar(kind, text, precedence, reads, memory, null, null);
        }

        Scalar fromMemory() {
            return new Scalar(kind, text, precedence, reads, true, constant, single);
        }

        Scalar withSingle(Scalar newSingle) {
            return new Scalar(kind, text, precedence, reads, memory, constant, newSingle);
        }

        /** A variable or a constant: cheap and safe to write twice. */
        boolean simple() {
            return constant != null || precedence == C.PRIMARY && reads.size() == 1 && reads.contains(text);
        }

        /** The text, in parentheses where an operator of {@code outer} precedence needs them. */
        String in(int outer) {
            return precedence < outer ? "(" + text + ")" : text;
        }
    }

    /** The result of lcmp, fcmpl, fcmpg, dcmpl or dcmpg, good only for the branch that follows. */
    record Comparison(Scalar left, Scalar right, NotANumber notANumber) implements Value {
        enum NotANumber {
            NONE,
            LESS,
            GREATER
        }
    }

    /**
     * An array.
     *
     * @param length a C expression, or null where nobody passes it
     * @param parameter its index among the Java parameters of the function, or −1
     * @param known elements of an int array whose values are known now
     */
    record Array(
            Element element,
            Space space,
            String name,
            @Nullable String length,
            int parameter,
            Map<Integer, Integer> known)
            implements Value {

        /** What matters to a function that is given the array. */
        Array anonymous() {
            return new Array(element, space, "", null, -1, known);
        }
    }

    /**
     * Captured values or their gradients, handed on as one.
     *
     * @param item of gradients picked from a set: which, as C; else empty
     */
    record Bundle(Role role, String item) implements Value {
        /** Object[], float[][], and float[][][]: gradients for each of several items. */
        enum Role {
            CAPTURES,
            GRADIENTS,
            GRADIENT_SETS
        }

        Bundle(Role role) {
            this(role, "");
        }
    }
}
