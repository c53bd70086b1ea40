/** cuDNN's attention, called by TornadoVM's library task: another library, to measure ours against. Compiled in the profile {@code tornado}. */
@NullMarked
package muflex.experiments.cudnn;

import org.jspecify.annotations.NullMarked;
