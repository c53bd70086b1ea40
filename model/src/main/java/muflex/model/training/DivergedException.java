package muflex.model.training;

/** A loss that is no finite number: training can't go on. */
public final class DivergedException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    DivergedException(String message) {
        super(message);
    }
}
