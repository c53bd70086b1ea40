package muflex.experiments;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;
import muflex.experiments.report.Row;

/** A command that a sweep can run: its options are the axes, its results are rows. */
public interface CaseCommand {

    /** Refuses options that no machine could run, with {@link BadInput}; devices are looked for later, where it runs. */
    void check();

    /**
     * Runs one case. Prints nothing.
     *
     * @param folder of the case's own, for what it wants to find again if it is stopped and run once more
     * @param stop asked from time to time; once it says so, what can go on later stops early
     * @return its rows; none if it was stopped
     */
    List<Row> measure(Path folder, BooleanSupplier stop) throws IOException;
}
