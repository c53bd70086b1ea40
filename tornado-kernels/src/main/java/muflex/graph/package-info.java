/**
 * The static graph of tensor operations that a model builds, its reverse-mode derivative and its memory plan.
 * Nodes say what is computed, with which shapes; how and where it runs is an engine's business and must not leak
 * in here.
 */
@NullMarked
package muflex.graph;

import org.jspecify.annotations.NullMarked;
