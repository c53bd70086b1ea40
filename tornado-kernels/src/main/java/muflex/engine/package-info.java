/**
 * What an engine is, the devices it offers, how engines are discovered, and the specialisation of kernels that
 * they share. An engine binds the kernel dialect to a runtime. No engine lives in this package, and nothing here
 * may name one: engines are found through {@link java.util.ServiceLoader}.
 */
@NullMarked
package muflex.engine;

import org.jspecify.annotations.NullMarked;
