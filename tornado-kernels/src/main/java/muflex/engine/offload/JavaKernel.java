package muflex.engine.offload;

import muflex.engine.translate.ModFunctions;

/**
 * A kernel as it was written: a static method whose outermost loop is {@link muflex.kernels.Parallel}.
 *
 * @param mods what takes the place of {@link muflex.kernels.Mods}
 */
public record JavaKernel(Class<?> owner, String method, ModFunctions mods) {}
