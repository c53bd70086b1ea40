/**
 * The engine on TornadoVM's task graphs. Compiled in the Maven profile {@code tornado} only; nothing outside may name it. Its
 * kernels are those of {@code muflex.kernels}, translated as for the other devices and run as prebuilt tasks.
 */
@NullMarked
package muflex.engine.tornado;

import org.jspecify.annotations.NullMarked;
