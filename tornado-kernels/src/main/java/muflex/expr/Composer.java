package muflex.expr;

import java.util.List;

/**
 * Puts several lifted functions into one expression: their calls are replaced by their bodies, and their captures
 * share one list, an array that several capture having one slot. Not for several threads at once.
 */
public final class Composer {
    private final Nodes nodes = new Nodes();
    private final Captures captures = new Captures();

    /**
     * The value of {@code function} on those arguments.
     *
     * @param arguments an expression for each parameter, of its type, with this composer's slots
     */
    public Expr call(Lifted function, List<? extends Expr> arguments) {
        if (arguments.size() != function.parameters().size()) {
            throw new IllegalArgumentException(
                    "arguments: expected " + function.parameters().size() + ", one for each parameter, got "
                            + arguments.size() + "; give as many");
        }
        int[] slots = new int[function.captures().size()];
        for (int slot = 0; slot < slots.length; slot++) {
            Object captured = function.captures().get(slot);
            // Equal scalars stay apart: what the code looks like must not depend on their values.
            slots[slot] = captured.getClass().isArray() ? captures.slot(captured) : captures.add(captured);
        }
        List<Expr> own = nodes.simplify(List.copyOf(arguments));
        NodeMap<Expr> known = new NodeMap<>();
        for (Expr e : Dag.order(function.body())) {
            known.put(
                    e,
                    switch (e) {
                        case Expr.Parameter p -> argument(p, own.get(p.index()));
                        case Expr.Captured c -> nodes.make(new Expr.Captured(c.type(), slots[c.slot()]));
                        case Expr.Read r -> nodes.make(moved(r, slots[r.slot()], known));
                        default -> nodes.make(Nodes.rebuild(e, known));
                    });
        }
        return known.get(function.body());
    }

    private static Expr argument(Expr.Parameter p, Expr argument) {
        if (argument.type() != p.type()) {
            throw new IllegalArgumentException("arguments: expected " + p.type() + " for " + p.name() + ", got "
                    + argument.type() + "; cast it with Expr.Cast");
        }
        return argument;
    }

    private static Expr.Read moved(Expr.Read r, int slot, NodeMap<Expr> known) {
        Expr row = r.row();
        return new Expr.Read(r.storage(), slot, row == null ? null : known.get(row), known.get(r.index()));
    }

    /** The captures of all functions called so far, by slot. */
    public List<Object> captures() {
        return captures.list();
    }

    /** The expressions, simplified together with what was composed before. */
    public List<Expr> simplify(List<Expr> roots) {
        return nodes.simplify(roots);
    }
}
