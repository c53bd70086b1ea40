package muflex.experiments.report;

import java.util.ArrayList;
import java.util.List;

/** An aligned table in plain text: first columns to the left, numbers to the right. */
public final class TextTable {

    /** How a column's cells stand. */
    public enum Align {
        LEFT,
        RIGHT
    }

    private record Column(String name, Align align) {}

    private static final String GAP = "  ";

    private final List<Column> columns = new ArrayList<>();
    private final List<List<String>> rows = new ArrayList<>();

    public TextTable left(String name) {
        columns.add(new Column(name, Align.LEFT));
        return this;
    }

    public TextTable right(String name) {
        columns.add(new Column(name, Align.RIGHT));
        return this;
    }

    /** Adds a row; it has as many cells as the table has columns. */
    public TextTable row(String... cells) {
        if (cells.length != columns.size()) {
            throw new IllegalArgumentException("cells: expected " + columns.size() + " (one a column), got "
                    + cells.length + "; pass \"\" for an empty one");
        }
        rows.add(List.of(cells));
        return this;
    }

    /** The table, a line each for the header and the rows, without blanks at line ends. */
    @Override
    public String toString() {
        int[] widths = new int[columns.size()];
        for (int c = 0; c < widths.length; c++) {
            widths[c] = width(columns.get(c).name());
            for (List<String> row : rows) {
                widths[c] = Math.max(widths[c], width(row.get(c)));
            }
        }
        StringBuilder out = new StringBuilder();
        line(out, columns.stream().map(Column::name).toList(), widths);
        rows.forEach(row -> line(out, row, widths));
        return out.toString();
    }

    private void line(StringBuilder out, List<String> cells, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int c = 0; c < widths.length; c++) {
            String cell = cells.get(c);
            String blanks = " ".repeat(widths[c] - width(cell));
            line.append(c == 0 ? "" : GAP).append(columns.get(c).align() == Align.LEFT ? cell + blanks : blanks + cell);
        }
        out.append(line.toString().stripTrailing()).append('\n');
    }

    private static int width(String cell) {
        return cell.codePointCount(0, cell.length());
    }
}
