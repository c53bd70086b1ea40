/**
 * The command line and the experiments behind it: device comparison, coordinate check, transfer sweeps and
 * reports. Commands parse, run and print; mathematics, kernels and layers belong in the modules below.
 */
@NullMarked
package muflex.experiments;

import org.jspecify.annotations.NullMarked;
