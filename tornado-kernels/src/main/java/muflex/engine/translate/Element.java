package muflex.engine.translate;

/** The element type of an array. */
public enum Element {
    BYTE(Kind.INT, 1),
    SHORT(Kind.INT, 2),
    CHAR(Kind.INT, 2),
    INT(Kind.INT, 4),
    LONG(Kind.LONG, 8),
    FLOAT(Kind.FLOAT, 4),
    DOUBLE(Kind.DOUBLE, 8);

    private final Kind kind;
    private final int bytes;

    Element(Kind kind, int bytes) {
        this.kind = kind;
        this.bytes = bytes;
    }

    /** What an element becomes on the operand stack. */
    public Kind kind() {
        return kind;
    }

    public int bytes() {
        return bytes;
    }

    /** The element of an array with this component descriptor; booleans are bytes, as in class files. */
    public static Element of(String descriptor) {
        return switch (descriptor) {
            case "Z", "B" -> BYTE;
            case "S" -> SHORT;
            case "C" -> CHAR;
            case "I" -> INT;
            case "J" -> LONG;
            case "F" -> FLOAT;
            case "D" -> DOUBLE;
            default -> throw new IllegalArgumentException("element: expected a primitive, got " + descriptor);
        };
    }
}
