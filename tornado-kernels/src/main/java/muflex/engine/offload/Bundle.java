package muflex.engine.offload;

import java.util.List;

/**
 * What a kernel is passed for captured values, or for the sums of their gradients: several arguments of C.
 *
 * @param passed {@link Memory} and boxed scalars, in C's order
 */
public record Bundle(List<Object> passed) {}
