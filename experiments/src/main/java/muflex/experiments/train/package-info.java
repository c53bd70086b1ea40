/** What {@code muflex train} and {@code muflex generate} show and write; training itself is in {@code muflex.model}. */
@NullMarked
package muflex.experiments.train;

import org.jspecify.annotations.NullMarked;
