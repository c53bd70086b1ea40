/**
 * Other libraries as devices, so that {@code muflex compare} measures them like ours: checked first, then timed in
 * turns. Compiled in the Maven profile {@code peers} only.
 */
@NullMarked
package muflex.experiments.peers;

import org.jspecify.annotations.NullMarked;
