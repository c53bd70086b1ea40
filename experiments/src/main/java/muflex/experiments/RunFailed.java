package muflex.experiments;

/** A run that did not do what it was asked for: one line on standard error, exit code 1. */
public final class RunFailed extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public RunFailed(String message) {
        super(message);
    }

    public RunFailed(String message, Throwable cause) {
        super(message, cause);
    }
}
