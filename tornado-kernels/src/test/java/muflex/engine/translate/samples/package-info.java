/** Kernels for the translator's tests: what it must take, and what it must refuse. */
package muflex.engine.translate.samples;
