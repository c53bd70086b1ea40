/** Attention timed by the device's own clock: the kernels alone, without the copies that {@code compare} counts. */
@NullMarked
package muflex.experiments.speed;

import org.jspecify.annotations.NullMarked;
