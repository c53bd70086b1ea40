/**
 * Text from a trained model: a cache of keys and values, and the choice of the next byte. The forward pass itself is
 * the model's, the same as in training.
 */
@NullMarked
package muflex.model.generation;

import org.jspecify.annotations.NullMarked;
