package muflex.engine.translate;

import muflex.expr.Storage;
import muflex.expr.Type;
import org.jspecify.annotations.Nullable;

/**
 * How a captured value reaches the kernels: each is an argument of its own, an array with its length, rows of a
 * {@code float[][]} one after the other with where they start.
 *
 * @param storage of an array; null for a scalar
 * @param type of a scalar, or of an array's elements
 * @param gradient whether the array's gradient is wanted
 */
public record Capture(@Nullable Storage storage, Type type, boolean gradient) {

    /** The kind of a captured value. */
    public static Capture of(Object value, boolean gradient) {
        Storage storage = Storage.of(value);
        if (storage != null) {
            return new Capture(storage, storage.element(), gradient);
        }
        Type type = switch (value) {
            case Float f -> Type.FLOAT;
            case Double d -> Type.DOUBLE;
            case Long l -> Type.LONG;
            case Boolean b -> Type.BOOLEAN;
            default -> Type.INT;
        };
        return new Capture(null, type, false);
    }

    Element element() {
        return switch (storage) {
            case FLOATS, FLOAT_ROWS -> Element.FLOAT;
            case INTS -> Element.INT;
            case BYTES -> Element.BYTE;
            case null -> throw new IllegalStateException("a scalar has no elements");
        };
    }
}
