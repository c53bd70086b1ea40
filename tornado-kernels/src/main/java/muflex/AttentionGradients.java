package muflex;

import java.util.Map;

/**
 * The gradients of attention. The arrays belong to the caller.
 *
 * @param dq {@code [batch, queryHeads, queryLength, headDim]}
 * @param dk {@code [batch, kvHeads, kvLength, headDim]}
 * @param dv {@code [batch, kvHeads, kvLength, valueDim]}
 * @param dCaptured the gradient of each array given to {@code learnable}, by identity of that array
 */
public record AttentionGradients(float[] dq, float[] dk, float[] dv, Map<float[], float[]> dCaptured) {}
