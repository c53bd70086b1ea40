package muflex.model.parameterization;

/**
 * The size of every {@link Dimension}, seen from one tensor.
 *
 * @param model the model's sizes
 * @param fanIn the tensor's fan-in
 * @param fanOut the tensor's fan-out
 */
public record Extents(ModelShape model, long fanIn, long fanOut) {

    public Extents {
        if (fanIn <= 0 || fanOut <= 0) {
            throw new IllegalArgumentException(
                    "fan-in and fan-out: expected at least 1, got " + fanIn + " and " + fanOut + "; give the sizes");
        }
    }

    public long get(Dimension dimension) {
        return switch (dimension) {
            case WIDTH -> model.width();
            case HEAD_DIM -> model.headDim();
            case HEADS -> model.heads();
            case DEPTH -> model.depth();
            case FEED_FORWARD -> model.feedForward();
            case FAN_IN -> fanIn;
            case FAN_OUT -> fanOut;
        };
    }
}
