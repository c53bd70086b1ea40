/**
 * Every kernel, written once, as an ordinary Java loop in a small dialect: primitive arrays and scalars, parallel
 * loops, work groups and lanes. Kernels run as plain Java and are specialised by the engines. They import nothing
 * but this dialect: no other MuFlex package, no collections, no objects.
 *
 * <p>Two families. <em>Tile</em> kernels, for cores with caches: a work item is a tile, computed in {@link
 * muflex.kernels.Lanes}. <em>Group</em> kernels (those named Group… and Warp…), for GPUs: a tile is a work group's, in local memory
 * ({@link muflex.kernels.WorkGroup}), its sums in small arrays of each item, which a device's compiler keeps in registers
 * because their sizes and all indices are constants once the head dims are. For them the dialect has no word of its own but
 * {@link muflex.kernels.Mma}, the tensor cores' matrix fragments and what items of a warp tell each other, and {@link
 * muflex.kernels.WideMma}, the products of four warps that Hopper has; they call the mods a pair at a time, as rows of one.
 */
@NullMarked
package muflex.kernels;

import org.jspecify.annotations.NullMarked;
