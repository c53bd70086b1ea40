/**
 * Models on disk: safetensors files whose metadata says all that is needed to use them, written so that a reader
 * never sees half a file. Nothing of training's state belongs here.
 */
@NullMarked
package muflex.model.checkpoint;

import org.jspecify.annotations.NullMarked;
