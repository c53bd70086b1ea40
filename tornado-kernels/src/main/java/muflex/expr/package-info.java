/**
 * Lifts a lambda's own bytecode to a typed scalar expression, then simplifies, differentiates, bounds and emits
 * it. It knows Java class files and arithmetic; attention, tensors and devices must not appear, so that any
 * scalar lambda can be lifted.
 */
@NullMarked
package muflex.expr;

import org.jspecify.annotations.NullMarked;
