package muflex.experiments.compare;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Documents of real lengths packed into one sequence: source files of this JDK's java.base in a shuffled order, a
 * position for every {@value #BYTES_PER_POSITION} bytes, which is about a line of code. (With a position for every few
 * bytes, as tokenizers give, hardly a file would fit into the short sequences that are compared here.)
 */
public final class PackedDocuments {

    static final int BYTES_PER_POSITION = 32;

    private PackedDocuments() {}

    /** Whether this JDK has its sources. */
    public static boolean available() {
        return Files.isReadable(zip());
    }

    private static Path zip() {
        return Path.of(System.getProperty("java.home"), "lib", "src.zip");
    }

    /**
     * The document of each position, {@code [length]}. Files longer than half the sequence are left out, so that
     * several fit; the last one is cut off.
     */
    static int[] ids(int length, long seed) {
        return pack(lengths(zip()), length, seed);
    }

    static int[] pack(List<Integer> documentLengths, int length, long seed) {
        List<Integer> order = new ArrayList<>(documentLengths.stream()
                .filter(size -> size <= Math.max(1, length / 2))
                .toList());
        Collections.shuffle(order, new Random(seed));
        int[] ids = new int[length];
        int at = 0;
        int document = 0;
        while (at < length) {
            // No file is short enough for a tiny sequence: then each position is a document.
            int size = order.isEmpty() ? 1 : order.get(document % order.size());
            for (int end = Math.min(length, at + size); at < end; at++) {
                ids[at] = document;
            }
            document++;
        }
        return ids;
    }

    private static List<Integer> lengths(Path zip) {
        if (!Files.isReadable(zip)) {
            throw new IllegalArgumentException("document: expected the JDK's sources at " + zip
                    + ", got none there; run on a full JDK, or leave this variant out with --variants");
        }
        try (ZipFile archive = new ZipFile(zip.toFile())) {
            return archive.stream()
                    .filter(entry -> entry.getName().startsWith("java.base/")
                            && entry.getName().endsWith(".java"))
                    .map(ZipEntry::getSize)
                    .map(bytes -> (int) Math.max(1, bytes / BYTES_PER_POSITION))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
