/**
 * Models whose hyperparameters transfer across widths: parameterizations as data, layers, optimizers, data,
 * training, checkpoints and generation. Layers build graphs and leave their execution to an engine; no kernel, no
 * particular engine and nothing of the command line belongs here.
 */
@NullMarked
package muflex.model;

import org.jspecify.annotations.NullMarked;
