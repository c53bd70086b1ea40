package muflex.engine.translate;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A C function that was written, and how to call it.
 *
 * @param result null for void
 * @param parameters one for each parameter of the Java method
 * @param pure writes no array and waits at no barrier, so that a call is an expression
 * @param faults whether it takes the place where accesses out of bounds are reported
 * @param scratch the work item's arrays that it takes, and how long they must be
 * @param privateBytes of the other arrays that a work item has for it, those of the functions that it calls among them
 */
record Function(
        String name,
        @Nullable Kind result,
        List<Parameter> parameters,
        boolean pure,
        boolean faults,
        Map<Integer, Integer> scratch,
        int privateBytes) {

    /**
     * @param constant known when the function was written, so not passed
     * @param length the length of the array follows it
     * @param written the function writes to the array
     */
    record Parameter(boolean constant, boolean length, boolean written) {}
}
