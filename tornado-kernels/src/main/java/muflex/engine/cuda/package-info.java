/**
 * The kernels on NVIDIA's driver, translated to CUDA C and compiled by NVRTC: discovery of devices, a stream and memory
 * for each, a cache of compiled programs. Everything that is not CUDA's own is in {@code muflex.engine.offload}.
 */
@NullMarked
package muflex.engine.cuda;

import org.jspecify.annotations.NullMarked;
