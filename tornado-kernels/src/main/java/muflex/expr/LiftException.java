package muflex.expr;

import java.io.Serial;

/** A lambda that can't be lifted; the message is one line that names the construct, where it is, and what is allowed. */
public final class LiftException extends IllegalArgumentException {
    @Serial
    private static final long serialVersionUID = 1L;

    public LiftException(String message) {
        super(message);
    }

    public LiftException(String message, Throwable cause) {
        super(message, cause);
    }
}
