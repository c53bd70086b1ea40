package muflex.engine.offload;

import muflex.engine.translate.ModFunctions;

/**
 * A kernel as it was written: a static method whose outermost loop is {@link muflex.kernels.Parallel}.
 *
 * @param mods what takes the place of {@link muflex.kernels.Mods}
 * @param lanes floats in {@link muflex.kernels.Lanes}: 4, 8 or 16
 */
public record JavaKernel(Class<?> owner, String method, ModFunctions mods, int lanes) {}
