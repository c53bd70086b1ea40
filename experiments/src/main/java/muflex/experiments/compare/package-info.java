/**
 * The comparison of attention variants over devices: the variants, the plain loop that they are measured against, the
 * check against float64, and the timing. Results leave as rows of {@code muflex.experiments.report}.
 */
@NullMarked
package muflex.experiments.compare;

import org.jspecify.annotations.NullMarked;
