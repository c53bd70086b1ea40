package muflex.experiments.report;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * A file of rows, a line of JSON each. Every row is on disk when {@link #add} returns, under a temporary name; closing
 * moves the file into place. So a file with its final name is whole, and a run that is killed leaves its finished rows
 * in the temporary one.
 */
public final class RowFile implements AutoCloseable {

    private final Path target;
    private final Path temporary;
    private final BufferedWriter writer;
    private boolean closed;

    /** Begins {@code target}, in a folder that is created if need be. */
    public RowFile(Path target) throws IOException {
        this.target = target;
        temporary = target.resolveSibling(target.getFileName() + ".part");
        Files.createDirectories(target.toAbsolutePath().getParent());
        writer = Files.newBufferedWriter(temporary);
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

    /** Writes a whole file under a temporary name, then moves it into place. */
    public static void writeWhole(Path target, String text) throws IOException {
        Path temporary = target.resolveSibling(target.getFileName() + ".part");
        Files.createDirectories(target.toAbsolutePath().getParent());
        Files.writeString(temporary, text);
        Files.move(temporary, target, StandardCopyOption.REPLACE_EXISTING);
    }
}
