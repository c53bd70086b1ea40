package muflex.model.checkpoint;

import tools.jackson.core.JacksonException;

/** What is wrong with a JSON text, for a message of one line. */
public final class DamagedJson {
    private DamagedJson() {}

    /** Jackson's reason without where the text came from, which it hides anyway. */
    public static String reason(JacksonException e) {
        return String.valueOf(e.getOriginalMessage()).replaceAll("(?s) \\((start marker at|for Object starting).*", "");
    }
}
