package muflex.experiments.mup;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import muflex.experiments.BadInput;
import muflex.experiments.report.Json;
import muflex.experiments.report.RowFile;

/**
 * The rows of a sweep, a line each, appended as runs end. A sweep goes on by reading them: a run that has a row isn't
 * run again.
 */
final class SweepFile implements AutoCloseable {

    private final BufferedWriter writer;

    /** Goes on after the file's last whole line. */
    private SweepFile(BufferedWriter writer) {
        this.writer = writer;
    }

    /**
     * Opens {@code file} for more rows, for this process alone until it is closed.
     *
     * @throws BadInput if another process has it open
     */
    static SweepFile append(Path file) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            lock(channel, file);
            endLastLine(channel);
            return new SweepFile(
                    new BufferedWriter(Channels.newWriter(channel.position(channel.size()), StandardCharsets.UTF_8)));
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** Held until the channel is closed. */
    private static void lock(FileChannel channel, Path file) {
        boolean free;
        try {
            free = channel.tryLock() != null;
        } catch (OverlappingFileLockException _) {
            free = false;
        } catch (IOException _) {
            // A filesystem without locks.
            free = true;
        }
        if (!free) {
            throw BadInput.of(
                    "--out", "a file that no other process writes", file, "wait for that one, or name another");
        }
    }

    /**
     * The rows of a file that may not be there yet, and which lines are none.
     *
     * @return of each case the last row
     */
    static RowFile.Contents<SweepRow> read(Path file) throws IOException {
        if (!Files.exists(file)) {
            return new RowFile.Contents<>(List.of(), List.of(), null);
        }
        RowFile.Contents<SweepRow> contents = RowFile.read(file, SweepRow::parse);
        Map<SweepCase, SweepRow> rows = new LinkedHashMap<>();
        contents.rows().forEach(row -> rows.put(row.run(), row));
        return new RowFile.Contents<>(List.copyOf(rows.values()), contents.damaged(), contents.firstDamage());
    }

    /**
     * Makes the file end with a whole line: a last one that lacks only its line break, as editors leave it, is kept; one
     * that a kill cut off is dropped.
     */
    private static void endLastLine(FileChannel channel) throws IOException {
        long begin = channel.size();
        ByteBuffer one = ByteBuffer.allocate(1);
        while (begin > 0) {
            channel.read(one.clear(), begin - 1);
            if (one.get(0) == '\n') {
                break;
            }
            begin--;
        }
        ByteBuffer last = ByteBuffer.allocate(Math.toIntExact(channel.size() - begin));
        while (last.hasRemaining() && channel.read(last, begin + last.position()) >= 0) {
            // Until all of it is there.
        }
        try {
            if (last.capacity() > 0) {
                SweepRow.parse(new String(last.array(), StandardCharsets.UTF_8));
                channel.write(ByteBuffer.wrap(new byte[] {'\n'}), channel.size());
            }
        } catch (IllegalArgumentException _) {
            channel.truncate(begin);
        }
    }

    synchronized void add(SweepRow row) {
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
        writer.close();
    }
}
