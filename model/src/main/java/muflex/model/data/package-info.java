/**
 * Text as bytes: corpora and their split into training and validation files, batches, and the n-gram baselines that
 * a model is measured against. Nothing of graphs or devices belongs here.
 */
@NullMarked
package muflex.model.data;

import org.jspecify.annotations.NullMarked;
