package muflex.engine;

/**
 * What a device can do at most, measured on it: the two roofs of a roofline (Williams et al. 2009).
 *
 * @param gflops 10⁹ float32 operations a second, multiply-adds of registers alone, a multiply-add counted as two
 * @param gigabytes 10⁹ bytes a second between the device's memory and its cores, {@code c = a + s · b} on arrays far
 *     larger than its caches, counting 12 bytes an element
 */
public record Ceilings(double gflops, double gigabytes) {}
