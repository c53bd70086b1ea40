package muflex.engine.translate;

/** A kernel uses something that devices cannot run. The message names the construct, the method and the line. */
public final class TranslationException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    TranslationException(String construct, String method, int line) {
        super("kernel " + method + (line > 0 ? ", line " + line : "") + ": expected the kernel dialect, got "
                + construct);
    }
}
