/**
 * The kernels on any OpenCL driver, translated to OpenCL C: discovery of devices, a queue and memory for each, a cache
 * of compiled programs. Everything that is not OpenCL's own is in {@code muflex.engine.offload}.
 */
@NullMarked
package muflex.engine.opencl;

import org.jspecify.annotations.NullMarked;
