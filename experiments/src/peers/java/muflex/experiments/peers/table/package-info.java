/** The table of {@code scripts/cpu-table}: {@code cpu} beside libtorch + MKL and beside what the cores can do. */
@NullMarked
package muflex.experiments.peers.table;

import org.jspecify.annotations.NullMarked;
