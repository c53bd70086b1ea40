package muflex.engine.translate;

import java.util.List;

/**
 * A kernel of a translated program.
 *
 * @param name its C name
 * @param arguments what to pass, in C's order
 * @param grouped whether it runs as work groups: it has no parallel loop
 * @param itemBytes of all arrays that a work item has for itself
 * @param sharedBytes of all arrays that a work group shares
 */
public record Kernel(String name, List<Argument> arguments, boolean grouped, int itemBytes, int sharedBytes) {

    /** One argument of the C function; {@code parameter} counts the Java method's parameters. */
    public sealed interface Argument {
        record Array(int parameter, String name, Element element, boolean written) implements Argument {}

        /** The length of the array that is that parameter. */
        record Length(int parameter) implements Argument {}

        record Scalar(int parameter, String name, Kind kind) implements Argument {}

        /** All arguments that stand for a bundle of captured values or their gradients. */
        record Bundle(int parameter, boolean gradients) implements Argument {}

        /** Five ints: whether an access was out of bounds; its line, array, index and the array's length. */
        record Fault() implements Argument {}
    }
}
