package muflex.model.data;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Text for training and validation, split by file.
 *
 * @param name for people
 * @param train what the model learns from
 * @param validation what it is measured on; no file is in both
 */
public record Corpus(String name, Text train, Text validation) {

    /** The share of bytes that validation gets. */
    private static final double VALIDATION_SHARE = 0.1;

    /** Default cap on the bytes of a corpus. */
    public static final long DEFAULT_BYTES = 16L << 20;

    /**
     * Splits documents: in the order of a hash of their names, the first go to validation until it has a tenth of
     * all bytes. The rest keep their order. A single document gives its last tenth.
     */
    public static Corpus of(String name, List<Document> documents) {
        List<Document> filled = documents.stream()
                .filter(document -> document.bytes().length > 0)
                .toList();
        if (filled.isEmpty()) {
            throw new IllegalArgumentException("text: expected at least one non-empty file, got none in " + name
                    + "; give a file or folder with text");
        }
        if (filled.size() == 1) {
            return splitTail(name, filled.getFirst());
        }
        Set<Document> held = heldOut(filled);
        return new Corpus(
                name,
                new Text(filled.stream().filter(d -> !held.contains(d)).toList()),
                new Text(filled.stream().filter(held::contains).toList()));
    }

    /**
     * The bytes of one file, or of all files below a folder in the order of their paths, whole files up to
     * {@code maxBytes} (a single file is cut there). Hidden files are left out.
     */
    public static Corpus read(Path path, long maxBytes) throws IOException {
        if (!Files.exists(path)) {
            throw new IllegalArgumentException(
                    "text: expected a file or folder, got " + path + ", which doesn't exist; correct the path");
        }
        if (Files.isRegularFile(path)) {
            try (var in = Files.newInputStream(path)) {
                String file = path.getFileName().toString();
                return of(file, List.of(new Document(file, in.readNBytes((int) Math.min(maxBytes, 1 << 30)))));
            }
        }
        List<Path> files;
        try (Stream<Path> walk = Files.walk(path)) {
            files = walk.filter(Files::isRegularFile)
                    .filter(file -> !isHidden(path.relativize(file)))
                    .sorted(Comparator.comparing(file -> slashed(path.relativize(file))))
                    .toList();
        }
        List<Document> documents = new ArrayList<>();
        long total = 0;
        for (Path file : files) {
            total += Files.size(file);
            if (total > maxBytes && !documents.isEmpty()) {
                break;
            }
            documents.add(new Document(slashed(path.relativize(file)), Files.readAllBytes(file)));
        }
        return of(path.toString(), documents);
    }

    /**
     * The sources of java.base that come with this JDK, whole files in the order of their paths up to
     * {@code maxBytes}.
     *
     * @throws IllegalArgumentException if this runtime has no {@code lib/src.zip}
     */
    public static Corpus jdkSources(long maxBytes) throws IOException {
        return jdkSources(Path.of(System.getProperty("java.home"), "lib", "src.zip"), maxBytes);
    }

    static Corpus jdkSources(Path zip, long maxBytes) throws IOException {
        if (!Files.isRegularFile(zip)) {
            throw new IllegalArgumentException("text: expected the JDK's sources at " + zip
                    + ", got none there (a JRE, or a package without sources); pass --text FILE_OR_FOLDER");
        }
        List<Document> documents = new ArrayList<>();
        try (ZipFile archive = new ZipFile(zip.toFile())) {
            List<? extends ZipEntry> entries = archive.stream()
                    .filter(entry -> entry.getName().startsWith("java.base/"))
                    .filter(entry -> entry.getName().endsWith(".java"))
                    .sorted(Comparator.comparing(ZipEntry::getName))
                    .toList();
            long total = 0;
            for (ZipEntry entry : entries) {
                total += entry.getSize();
                if (total > maxBytes && !documents.isEmpty()) {
                    break;
                }
                try (var in = archive.getInputStream(entry)) {
                    documents.add(new Document(entry.getName(), in.readAllBytes()));
                }
            }
        }
        return of("JDK " + Runtime.version().feature() + " java.base sources", documents);
    }

    /** Tells corpora apart: 16 hexadecimal digits of a SHA-256 over both splits. */
    public String fingerprint() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(train.bytes());
            digest.update((byte) '|');
            digest.update(validation.bytes());
            return HexFormat.of().formatHex(digest.digest(), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static Corpus splitTail(String name, Document only) {
        byte[] bytes = only.bytes();
        int cut = bytes.length - (int) (VALIDATION_SHARE * bytes.length);
        return new Corpus(
                name,
                new Text(List.of(new Document(only.name(), Arrays.copyOf(bytes, cut)))),
                new Text(List.of(new Document(only.name() + " (tail)", Arrays.copyOfRange(bytes, cut, bytes.length)))));
    }

    private static Set<Document> heldOut(List<Document> documents) {
        long wanted = Math.round(VALIDATION_SHARE
                * documents.stream().mapToLong(d -> d.bytes().length).sum());
        List<Document> byHash = documents.stream()
                .sorted(Comparator.comparingLong(Corpus::hash).thenComparing(Document::name))
                .toList();
        Set<Document> held = new HashSet<>();
        long have = 0;
        for (Document document : byHash.subList(0, byHash.size() - 1)) {
            if (have >= wanted) {
                break;
            }
            held.add(document);
            have += document.bytes().length;
        }
        return held;
    }

    private static long hash(Document document) {
        CRC32C crc = new CRC32C();
        crc.update(document.name().getBytes(StandardCharsets.UTF_8));
        return crc.getValue();
    }

    private static boolean isHidden(Path relative) {
        for (Path part : relative) {
            if (part.toString().startsWith(".")) {
                return true;
            }
        }
        return false;
    }

    private static String slashed(Path relative) {
        return relative.toString().replace('\\', '/');
    }
}
