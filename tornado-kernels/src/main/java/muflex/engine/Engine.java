package muflex.engine;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A binding of the kernels to a runtime. Engines are found by {@link java.util.ServiceLoader}: list the class in
 * {@code META-INF/services/muflex.engine.Engine}.
 */
public interface Engine {

    /** The first part of its devices' ids. */
    String name();

    /** The devices it reaches now; empty where its runtime or driver is missing. Never throws for that reason. */
    List<Device> devices();

    /** Why {@link #devices} is empty, or lacks some, and what to do, in one line; null where there is nothing to say. */
    default @Nullable String problem() {
        return null;
    }
}
