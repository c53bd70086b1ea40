/**
 * Experiments on parameterizations: tables, coordinate checks, learning-rate transfer, the eps audit. They train small
 * models through {@code muflex.model} and compare what is measured with what a rule's exponents say. Nothing here
 * knows a rule by its name.
 */
@NullMarked
package muflex.experiments.mup;

import org.jspecify.annotations.NullMarked;
