package muflex.engine.offload;

import muflex.expr.Expr;

/**
 * A kernel as it was written: a static method whose outermost loop is {@link muflex.kernels.Parallel}.
 *
 * @param score what takes the place of {@link muflex.kernels.Mods}, as {@link muflex.engine.lowering.AttentionMods} has it; it captures
 *     nothing
 * @param masked the same with the mask
 */
public record JavaKernel(Class<?> owner, String method, Expr score, Expr masked) {}
