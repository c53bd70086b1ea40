package muflex.experiments.report;

import java.io.PrintWriter;
import java.io.StringWriter;

/** What is kept of an exception. */
public final class Failures {

    private Failures() {}

    /** Its message, or its name if it has none. */
    public static String message(Throwable failure) {
        return failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
    }

    /** As {@code printStackTrace} prints it, causes included. */
    public static String stackTrace(Throwable failure) {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text, true));
        return text.toString();
    }
}
