package muflex.experiments.mup;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * The rows of a sweep, a line each, appended as runs end. A sweep goes on by reading them: a run that has a row isn't
 * run again. A last line that a kill cut off is dropped.
 */
final class SweepFile implements AutoCloseable {

    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private final BufferedWriter writer;

    /** Goes on with {@code file}, whose whole lines are {@code rows}. */
    private SweepFile(BufferedWriter writer) {
        this.writer = writer;
    }

    static SweepFile append(Path file) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        dropCutLine(file);
        return new SweepFile(Files.newBufferedWriter(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND));
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

    private static void dropCutLine(Path file) throws IOException {
        if (Files.exists(file)) {
            String text = Files.readString(file);
            if (!text.isEmpty() && !text.endsWith("\n")) {
                Files.writeString(file, text.substring(0, text.lastIndexOf('\n') + 1));
            }
        }
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
