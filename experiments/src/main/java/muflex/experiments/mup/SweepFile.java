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
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import muflex.experiments.BadInput;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * The rows of a sweep, a line each, appended as runs end. A sweep goes on by reading them: a run that has a row isn't
 * run again. A last line that a kill cut off is dropped.
 */
final class SweepFile implements AutoCloseable {

    private static final JsonMapper MAPPER = JsonMapper.builder().build();

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
            dropCutLine(channel);
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
     * The rows of a file, the last one of each case.
     *
     * @throws IllegalArgumentException if a line is no row
     */
    static List<SweepRow> read(Path file) throws IOException {
        if (!Files.exists(file)) {
            return List.of();
        }
        Map<SweepCase, SweepRow> rows = new LinkedHashMap<>();
        List<String> lines = new ArrayList<>(Files.readAllLines(file));
        for (int i = 0; i < lines.size(); i++) {
            try {
                SweepRow row = MAPPER.readValue(lines.get(i), SweepRow.class);
                rows.put(row.run(), row);
            } catch (JacksonException e) {
                if (i < lines.size() - 1) {
                    throw new IllegalArgumentException(file.getFileName() + " line " + (i + 1)
                            + ": expected a row of a sweep, got " + e.getOriginalMessage() + "; remove the line");
                }
            }
        }
        return List.copyOf(rows.values());
    }

    private static void dropCutLine(FileChannel channel) throws IOException {
        ByteBuffer last = ByteBuffer.allocate(1);
        for (long end = channel.size(); end > 0; end--) {
            channel.read(last.clear(), end - 1);
            if (last.get(0) == '\n') {
                channel.truncate(end);
                return;
            }
        }
        channel.truncate(0);
    }

    synchronized void add(SweepRow row) {
        try {
            writer.write(MAPPER.writeValueAsString(row));
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
