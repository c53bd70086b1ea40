package muflex.experiments;

import java.util.function.Supplier;
import muflex.model.training.DivergedException;

/** What the user asked for can't be done: one line on standard error, exit code 2. */
public final class BadInput extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public BadInput(String message) {
        super(message);
    }

    private BadInput(String message, Throwable cause) {
        super(message, cause);
    }

    /** Bad input in the words of all errors here: {@code parameter: expected …, got …; fix}. */
    public static BadInput of(String parameter, String expected, Object got, String fix) {
        return new BadInput(parameter + ": expected " + expected + ", got " + got + "; " + fix);
    }

    /** Runs {@code action}; arguments that it refuses are the user's. */
    public static <T> T check(Supplier<T> action) {
        try {
            return action.get();
        } catch (IllegalArgumentException e) {
            throw new BadInput(String.valueOf(e.getMessage()), e);
        }
    }

    /** Runs a training that has nothing to say once it diverges: its rate was the user's. */
    public static <T> T converging(Supplier<T> training) {
        try {
            return training.get();
        } catch (DivergedException e) {
            throw new BadInput(String.valueOf(e.getMessage()), e);
        }
    }
}
