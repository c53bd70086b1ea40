/**
 * The oracle: attention and graphs in float64, written as plain loops that follow the formulas. It shares no code with the
 * kernels but the random bits of dropout, because it is what they
 * are judged by. Speed is no aim here.
 */
@NullMarked
package muflex.engine.reference;

import org.jspecify.annotations.NullMarked;
