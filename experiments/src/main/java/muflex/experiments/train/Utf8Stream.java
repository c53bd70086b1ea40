package muflex.experiments.train;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** Text from bytes that come one at a time; what is no UTF-8 becomes the replacement character. */
public final class Utf8Stream {

    private final CharsetDecoder decoder = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
    private final ByteBuffer pending = ByteBuffer.allocate(8);
    private final CharBuffer decoded = CharBuffer.allocate(16);

    /** What {@code next} completes; empty inside a character. */
    public String append(int next) {
        pending.put((byte) next).flip();
        decoder.decode(pending, decoded, false);
        pending.compact();
        return drain();
    }

    /** What is left of a character that was cut off. */
    public String end() {
        pending.flip();
        decoder.decode(pending, decoded, true);
        decoder.flush(decoded);
        pending.clear();
        decoder.reset();
        return drain();
    }

    private String drain() {
        decoded.flip();
        String text = decoded.toString();
        decoded.clear();
        return text;
    }
}
