package muflex.expr;

import java.lang.constant.ClassDesc;
import org.jspecify.annotations.Nullable;

/** The kinds of captured array that an expression can read. */
public enum Storage {
    /** {@code float[]}. */
    FLOATS(Type.FLOAT, float[].class),
    /** {@code int[]}. */
    INTS(Type.INT, int[].class),
    /** {@code byte[]}; elements widen to int, with their sign. */
    BYTES(Type.INT, byte[].class),
    /** {@code float[][]}; a read has a row and an index. */
    FLOAT_ROWS(Type.FLOAT, float[][].class);

    private final Type element;
    private final Class<?> array;

    Storage(Type element, Class<?> array) {
        this.element = element;
        this.array = array;
    }

    /** The type of an element once read. */
    public Type element() {
        return element;
    }

    /** The descriptor of the array. */
    public ClassDesc descriptor() {
        return array.describeConstable().orElseThrow();
    }

    /** The storage of {@code array}'s class, or null if it can't be read by an expression. */
    public static @Nullable Storage of(Object array) {
        for (Storage storage : values()) {
            if (storage.array == array.getClass()) {
                return storage;
            }
        }
        return null;
    }
}
