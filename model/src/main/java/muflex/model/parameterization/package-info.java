/**
 * Parameterizations as data: which power of which dimension each tensor's multiplier, initial standard deviation,
 * learning rate, weight decay and epsilon follow, relative to a base model. Exact arithmetic on exponents and
 * nothing else: no tensor, no graph and no training loop belongs here, and no code here or elsewhere may ask for a
 * rule's name.
 */
@NullMarked
package muflex.model.parameterization;

import org.jspecify.annotations.NullMarked;
