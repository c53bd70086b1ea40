/**
 * What engines that run the kernels of {@code muflex.kernels} have in common: how a spec or a graph becomes calls of
 * kernels on arrays. It names kernels and never runs one; how arrays are kept and calls are made is each engine's own.
 */
@NullMarked
package muflex.engine.lowering;

import org.jspecify.annotations.NullMarked;
