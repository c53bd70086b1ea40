/** What each thing that attention can do costs, in time and memory, beside the plain kernel. */
@NullMarked
package muflex.experiments.cost;

import org.jspecify.annotations.NullMarked;
