package muflex.engine.translate;

import java.util.ArrayList;
import java.util.List;
import muflex.expr.Storage;

/** The C parameters that stand for captured values and for their gradients, the same in every function. */
final class CaptureNames {
    private final Dialect dialect;
    private final List<Capture> captures;

    CaptureNames(Dialect dialect, List<Capture> captures) {
        this.dialect = dialect;
        this.captures = captures;
    }

    static String value(int slot) {
        return "captured" + slot;
    }

    static String length(int slot) {
        return "captured" + slot + "_length";
    }

    static String starts(int slot) {
        return "captured" + slot + "_starts";
    }

    static String gradient(int slot) {
        return "gradient" + slot;
    }

    static String gradientLength(int slot) {
        return "gradient" + slot + "_length";
    }

    /** Declarations, or names, of the captured values. */
    List<String> values(boolean declare) {
        List<String> all = new ArrayList<>();
        for (int slot = 0; slot < captures.size(); slot++) {
            Capture capture = captures.get(slot);
            if (capture.storage() == null) {
                String type = dialect.type(RowForm.kind(capture.type())) + " ";
                all.add((declare ? type : "") + value(slot));
                continue;
            }
            all.add((declare ? dialect.pointer(capture.element(), Space.GLOBAL, true) : "") + value(slot));
            if (capture.storage() == Storage.FLOAT_ROWS) {
                all.add((declare ? dialect.pointer(Element.INT, Space.GLOBAL, true) : "") + starts(slot));
            }
            all.add((declare ? "int " : "") + length(slot));
        }
        return all;
    }

    /** Declarations, or names, of the wanted gradients; {@code item}, if not empty, picks that item's own. */
    List<String> gradients(boolean declare, String item) {
        List<String> all = new ArrayList<>();
        for (int slot = 0; slot < captures.size(); slot++) {
            if (captures.get(slot).gradient()) {
                String name =
                        item.isEmpty() ? gradient(slot) : gradient(slot) + " + " + item + " * " + gradientLength(slot);
                all.add((declare ? dialect.pointer(Element.FLOAT, Space.GLOBAL, false) : "") + name);
                all.add((declare ? "int " : "") + gradientLength(slot));
            }
        }
        return all;
    }
}
