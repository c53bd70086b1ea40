package muflex.experiments.compare;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import muflex.experiments.report.HtmlReport;
import muflex.experiments.report.Row;
import muflex.experiments.report.RowFile;
import muflex.experiments.report.VariantNote;

/** The rows of one run: on disk as they come, with a page at the end; also when the run is interrupted. */
public final class Results implements AutoCloseable {

    private final Path json;
    private final Path html;
    private final RowFile file;
    private final List<Row> rows = new ArrayList<>();
    private final List<VariantNote> notes = new ArrayList<>();
    private final Thread onInterrupt = new Thread(this::finishQuietly, "muflex-results");
    private boolean finished;

    /** Begins {@code folder/name.jsonl} and {@code folder/name.html}. */
    public Results(Path folder, String name) throws IOException {
        json = folder.resolve(name + ".jsonl");
        html = folder.resolve(name + ".html");
        file = new RowFile(json);
        Runtime.getRuntime().addShutdownHook(onInterrupt);
    }

    public Path json() {
        return json;
    }

    public Path html() {
        return html;
    }

    synchronized void add(List<Row> more) {
        if (!finished) {
            more.forEach(file::add);
            rows.addAll(more);
        }
    }

    synchronized void note(VariantNote note) {
        notes.add(note);
    }

    public synchronized List<Row> rows() {
        return List.copyOf(rows);
    }

    @Override
    public void close() throws IOException {
        finish();
        Runtime.getRuntime().removeShutdownHook(onInterrupt);
    }

    private synchronized void finish() throws IOException {
        if (finished) {
            return;
        }
        finished = true;
        file.close();
        if (!rows.isEmpty()) {
            RowFile.writeWhole(html, HtmlReport.of(rows, notes));
        }
    }

    private void finishQuietly() {
        try {
            finish();
        } catch (IOException e) {
            System.err.println("muflex: results: " + e.getMessage());
        }
    }
}
