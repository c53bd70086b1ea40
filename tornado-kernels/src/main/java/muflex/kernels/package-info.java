/**
 * Every kernel, written once, as an ordinary Java loop in a small dialect: primitive arrays and scalars, parallel
 * loops, work groups and lanes. Kernels run as plain Java and are specialised by the engines. They import nothing
 * but this dialect: no other MuFlex package, no collections, no objects.
 */
@NullMarked
package muflex.kernels;

import org.jspecify.annotations.NullMarked;
