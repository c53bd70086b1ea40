package muflex.experiments;

import java.io.Console;
import java.io.PrintStream;
import muflex.experiments.report.Units;

/**
 * How far a run is. On a terminal: one line, rewritten in place, with the time left. Elsewhere: a plain line for each
 * finished step, without times left, so that a log stays readable.
 */
public final class Progress {

    private static final long REDRAW_NANOS = 100_000_000;

    private final PrintStream out;
    private final boolean terminal;
    private final long started = System.nanoTime();
    private long drawn;
    private int width;

    public Progress(PrintStream out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    /** On standard error, so that standard output holds results only. */
    @SuppressWarnings("SystemConsoleNull") // null again since JDK 25, whose default console is not JLine's
    public static Progress onStandardError() {
        Console console = System.console();
        return new Progress(System.err, console != null && console.isTerminal());
    }

    /** Whether lines are rewritten in place. */
    public boolean isTerminal() {
        return terminal;
    }

    /**
     * Shows where the run is; on a terminal only.
     *
     * @param done share of the run that is over, 0 to 1
     */
    public void show(double done, String what) {
        long now = System.nanoTime();
        if (!terminal || now - drawn < REDRAW_NANOS) {
            return;
        }
        drawn = now;
        double elapsed = (now - started) / 1e9;
        String left = done > 0.02 ? ", " + Units.duration(elapsed * (1 - done) / done) + " left" : "";
        rewrite(Units.percent(done) + left + "  " + what);
    }

    /** Says that a step is over; elsewhere than on a terminal only. */
    public void step(String what) {
        if (!terminal) {
            out.println(what);
        }
    }

    /** A line that stays, whatever the output is. */
    public void line(String what) {
        clear();
        out.println(what);
    }

    /** Takes the line away. */
    public void clear() {
        if (terminal && width > 0) {
            rewrite("");
        }
    }

    private void rewrite(String text) {
        String blanks = " ".repeat(Math.max(0, width - text.length()));
        out.print("\r" + text + blanks + (text.isEmpty() ? "\r" : ""));
        out.flush();
        width = text.length();
    }
}
