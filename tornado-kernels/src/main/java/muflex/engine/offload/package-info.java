/**
 * What engines with a device of their own share: kernels translated, built and launched on an abstract accelerator,
 * and the operations on top of it. No driver is called here; {@code opencl} and {@code cuda} implement
 * {@link muflex.engine.offload.Accelerator}.
 */
@NullMarked
package muflex.engine.offload;

import org.jspecify.annotations.NullMarked;
