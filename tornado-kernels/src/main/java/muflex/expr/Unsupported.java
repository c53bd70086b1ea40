package muflex.expr;

import java.io.Serial;

/** A construct that can't be lifted; whoever knows where it stands makes a {@link LiftException} of it. */
final class Unsupported extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    private final String fix;

    /** What was met, and what to do instead. */
    Unsupported(String construct, String fix) {
        super(construct, null, false, false);
        this.fix = fix;
    }

    LiftException in(String method) {
        return exception(method);
    }

    LiftException at(MethodCode code, int instruction) {
        return exception(code.where(instruction));
    }

    private LiftException exception(String where) {
        return new LiftException(
                "lambda: expected arithmetic, branches, Math, calls of static methods and captured mods,"
                        + " and reads of captured float[], int[], byte[], float[][]; got " + getMessage() + " at "
                        + where + "; " + fix);
    }
}
