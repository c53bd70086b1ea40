/** Pictures of masks and score mods: the catalogue of the ready-made ones, and heat maps. */
@NullMarked
package muflex.experiments.show;

import org.jspecify.annotations.NullMarked;
