/**
 * Sweeps: a declared experiment ({@code Experiment}) becomes an immutable file of numbered cases ({@code SweepPlan});
 * each case runs by itself, wherever ({@code CaseRunner}), and leaves its rows in a folder of its own
 * ({@code CaseFolder}), so that any number of processes and machines may share one sweep's folder. What a case computes
 * is a command's business ({@code muflex.experiments.CaseCommand}), not this package's.
 */
@NullMarked
package muflex.experiments.sweep;

import org.jspecify.annotations.NullMarked;
