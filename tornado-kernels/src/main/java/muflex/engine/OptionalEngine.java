package muflex.engine;

/**
 * An engine that is compiled in a Maven profile of its own, so that it is listed in a service file of its own,
 * {@code META-INF/services/muflex.engine.OptionalEngine}, which is there only when the engine is.
 */
public interface OptionalEngine extends Engine {}
