/**
 * Training: optimizers with the rule's rates for each tensor, the schedule, the loop, and its state on disk. A step
 * is one compiled program of a device; nothing here computes on tensors.
 */
@NullMarked
package muflex.model.training;

import org.jspecify.annotations.NullMarked;
