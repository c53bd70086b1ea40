package muflex.model.parameterization;

/**
 * The dimensions of a model that a parameterization can see.
 *
 * @param width width of the residual stream, d
 * @param headDim width of one attention head, D
 * @param heads query heads, H
 * @param depth layers, L
 * @param feedForward width inside the MLP, d_ff
 */
public record ModelShape(int width, int headDim, int heads, int depth, int feedForward) {

    public ModelShape {
        requirePositive("width", width);
        requirePositive("headDim", headDim);
        requirePositive("heads", heads);
        requirePositive("depth", depth);
        requirePositive("feedForward", feedForward);
    }

    /** This model and one of its tensors. */
    public Extents with(long fanIn, long fanOut) {
        return new Extents(this, fanIn, fanOut);
    }

    /** This model, for exponents that belong to no tensor. */
    public Extents extents() {
        return new Extents(this, 1, 1);
    }

    private static void requirePositive(String name, int value) {
        if (value <= 0) {
            throw new IllegalArgumentException(name + ": expected at least 1, got " + value + "; give a size");
        }
    }
}
