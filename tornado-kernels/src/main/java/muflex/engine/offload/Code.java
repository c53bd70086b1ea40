package muflex.engine.offload;

import java.util.List;

/** A compiled program. */
public interface Code extends AutoCloseable {

    /**
     * A launch with its arguments bound, to be enqueued any number of times.
     *
     * @param items work items; a multiple of {@code group}
     * @param group work items in a group
     * @param arguments {@link Memory} for arrays, boxed Integer, Long, Float or Double for scalars, in C's order
     */
    Launch bind(String kernel, long items, int group, List<Object> arguments);

    /** What the driver made of the source, as text where it shows it; else the source. */
    String listing();

    @Override
    void close();

    /** A kernel and its arguments. */
    interface Launch extends AutoCloseable {
        void enqueue();

        @Override
        void close();
    }
}
