/**
 * The front door: one attention operation compiled for one device, and its results. It chooses and calls an
 * engine through {@link muflex.engine}; no kernel and nothing that knows a particular engine belongs here, and
 * nothing below may depend on this package.
 */
@NullMarked
package muflex;

import org.jspecify.annotations.NullMarked;
