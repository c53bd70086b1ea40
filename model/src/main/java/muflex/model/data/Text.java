package muflex.model.data;

import java.util.Arrays;
import java.util.List;

/** Documents one after the other, as one array of bytes that knows where each begins. */
public final class Text {

    private final byte[] bytes;
    private final int[] starts;
    private final List<String> names;

    public Text(List<Document> documents) {
        long total = documents.stream()
                .mapToLong(document -> document.bytes().length)
                .sum();
        if (total > Integer.MAX_VALUE - 16) {
            throw new IllegalArgumentException(
                    "text: expected at most 2 GiB, got " + total + " bytes; lower the corpus size");
        }
        bytes = new byte[(int) total];
        starts = new int[documents.size()];
        names = documents.stream().map(Document::name).toList();
        int offset = 0;
        for (int i = 0; i < starts.length; i++) {
            byte[] from = documents.get(i).bytes();
            starts[i] = offset;
            System.arraycopy(from, 0, bytes, offset, from.length);
            offset += from.length;
        }
    }

    /** All bytes; not a copy, don't write. */
    public byte[] bytes() {
        return bytes;
    }

    public int length() {
        return bytes.length;
    }

    /** The byte at {@code position} as a token in [0, 256). */
    public int token(int position) {
        return bytes[position] & 0xFF;
    }

    /** Names of the documents, in order. */
    public List<String> documents() {
        return names;
    }

    /** Index of the document that holds {@code position}. */
    public int documentAt(int position) {
        int found = Arrays.binarySearch(starts, position);
        int index = found >= 0 ? found : -found - 2;
        // Of several that begin here, all but the last are empty.
        while (index + 1 < starts.length && starts[index + 1] == position) {
            index++;
        }
        return index;
    }
}
