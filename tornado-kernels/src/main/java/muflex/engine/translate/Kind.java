package muflex.engine.translate;

import org.jspecify.annotations.Nullable;

/** What a value on the operand stack is; Java's smaller integers are ints there. */
public enum Kind {
    INT,
    LONG,
    FLOAT,
    DOUBLE,
    /** A short vector of floats. */
    LANES;

    /** The kind of a primitive's descriptor, or of the Lanes type's. */
    static Kind of(String descriptor) {
        Kind kind = find(descriptor);
        if (kind == null) {
            throw new IllegalArgumentException("kind: expected a primitive or Lanes, got " + descriptor);
        }
        return kind;
    }

    /** As {@link #of}, or null. */
    static @Nullable Kind find(String descriptor) {
        return switch (descriptor) {
            case "Z", "B", "C", "S", "I" -> INT;
            case "J" -> LONG;
            case "F" -> FLOAT;
            case "D" -> DOUBLE;
            case DialectNames.LANES_DESCRIPTOR -> LANES;
            default -> null;
        };
    }

    boolean integral() {
        return this == INT || this == LONG;
    }

    boolean wide() {
        return this == LONG || this == DOUBLE;
    }
}
