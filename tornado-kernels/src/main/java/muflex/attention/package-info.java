/**
 * What a user writes: score and mask modifications, block masks, shapes and options. Everything here is plain
 * data or a plain function over indices. Nothing of engines, devices or kernels belongs here.
 */
@NullMarked
package muflex.attention;

import org.jspecify.annotations.NullMarked;
