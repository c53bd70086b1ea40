package muflex.experiments.report;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A file of rows, a line of JSON each. Every row is on disk when {@link #add} returns, under a temporary name; closing
 * moves the file into place. So a file with its final name is whole, and a run that is killed, or {@linkplain #leave left}, leaves its
 * finished rows in the temporary one.
 */
public final class RowFile implements AutoCloseable {

    private static final int MOST_NUMBERS = 10;

    private final Path target;
    private final Path temporary;
    private final BufferedWriter writer;
    private boolean closed;

    /** Begins {@code target}, in a folder that is created if need be. */
    public RowFile(Path target) throws IOException {
        this.target = target;
        temporary = target.resolveSibling(target.getFileName() + ".part");
        if (Files.isDirectory(target)) {
            throw new FileSystemException(target.toString(), null, "it is a folder");
        }
        Files.createDirectories(target.toAbsolutePath().getParent());
        writer = Files.newBufferedWriter(temporary);
    }

    /** Ends it where it is: what stands under the final name stays. */
    public synchronized void leave() throws IOException {
        closed = true;
        writer.close();
    }

    public synchronized void add(Row row) {
        if (closed) {
            return;
        }
        try {
            writer.write(Json.write(row));
            writer.write('\n');
            writer.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public synchronized void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        writer.close();
        Files.move(temporary, target, StandardCopyOption.REPLACE_EXISTING);
    }

    /**
     * What a file of rows held.
     *
     * @param <R> the kind of row
     * @param damaged numbers of the lines that are no rows, from 1: half-written or of another schema
     */
    public record Contents<R>(
            List<R> rows, List<Integer> damaged, @Nullable String firstDamage) {

        /** One line about what was skipped; null if nothing was. */
        public @Nullable String complaint(Path file) {
            return damaged.isEmpty()
                    ? null
                    : file + ": skipped " + damaged.size() + (damaged.size() == 1 ? " line that is" : " lines that are")
                            + " no row: " + numbers() + " (" + firstDamage + ")";
        }

        private String numbers() {
            String first =
                    damaged.stream().limit(MOST_NUMBERS).map(String::valueOf).collect(Collectors.joining(", "));
            return damaged.size() > MOST_NUMBERS ? first + ", …" : first;
        }
    }

    /** Reads the rows of a file, and says which lines are none. */
    public static Contents<Row> read(Path file) throws IOException {
        return read(file, Json::readRow);
    }

    /**
     * The same for rows of another kind.
     *
     * @param parse reads a line, and throws {@link IllegalArgumentException} where it is no such row
     */
    public static <R> Contents<R> read(Path file, Function<String, R> parse) throws IOException {
        List<R> rows = new ArrayList<>();
        List<Integer> damaged = new ArrayList<>();
        String first = null;
        // Not readAllLines, which gives up at a byte that is no UTF-8.
        List<String> lines = new String(Files.readAllBytes(file), StandardCharsets.UTF_8)
                .lines()
                .toList();
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).isBlank()) {
                continue;
            }
            try {
                rows.add(parse.apply(lines.get(i)));
            } catch (IllegalArgumentException e) {
                damaged.add(i + 1);
                first = first == null ? e.getMessage() : first;
            }
        }
        return new Contents<>(rows, damaged, first);
    }

    /** Writes a whole file under a temporary name, then moves it into place. */
    public static void writeWhole(Path target, String text) throws IOException {
        Path temporary = target.resolveSibling(target.getFileName() + ".part");
        Files.createDirectories(target.toAbsolutePath().getParent());
        Files.writeString(temporary, text);
        Files.move(temporary, target, StandardCopyOption.REPLACE_EXISTING);
    }
}
