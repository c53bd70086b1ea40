/**
 * NVIDIA's run-time compiler: where it is installed, CUDA C to PTX, and PTX kept in files. What runs the PTX is an engine's business.
 */
@NullMarked
package muflex.engine.nvrtc;

import org.jspecify.annotations.NullMarked;
