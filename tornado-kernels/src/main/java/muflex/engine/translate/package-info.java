/**
 * Bytecode of the kernel dialect to readable C: OpenCL C and CUDA C. It knows class files, the dialect's types by
 * name and nothing of drivers; an engine compiles what it returns. Whatever the dialect does not allow is an error
 * that names the class, the method and the line.
 */
@NullMarked
package muflex.engine.translate;

import org.jspecify.annotations.NullMarked;
