package muflex.expr;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * Emits expressions as plain Java bytecode: each node is computed once where it is sure to be needed, in a local
 * if it has several users, and the arms of a select only where they are taken.
 */
final class ScalarEmitter {
    /** Long chains are cut into locals every so many operations, so that the recursion below stays shallow. */
    private static final int DEPTH = 128;

    private final CodeBuilder code;
    private final Placement placement;
    private final NodeMap<Integer> locals = new NodeMap<>();
    private final Map<Integer, Integer> arrays;
    private List<Expr> bound = new ArrayList<>();
    private BitSet sure = new BitSet();

    /** Parameters and captured scalars are to be bound before use; {@code arrays} maps slots to locals. */
    ScalarEmitter(CodeBuilder code, Placement placement, Map<Integer, Integer> arrays) {
        this.code = code;
        this.placement = placement;
        this.arrays = arrays;
    }

    /** What a scope began with. */
    record Scope(List<Expr> bound, BitSet sure) {}

    /** From now on the value of {@code e} is in that local. */
    void bind(Expr e, int local) {
        if (locals.put(e, local)) {
            bound.add(e);
        }
    }

    /** Begins a scope that is sure to evaluate all of {@code roots}; {@link #end} forgets what it bound. */
    Scope begin(List<Expr> roots) {
        Scope outer = new Scope(bound, sure);
        bound = new ArrayList<>();
        sure = (BitSet) sure.clone();
        roots.forEach(root -> sure.or(placement.sure(root)));
        flatten(roots);
        return outer;
    }

    void end(Scope outer) {
        bound.forEach(locals::remove);
        bound = outer.bound();
        sure = outer.sure();
    }

    private void flatten(List<Expr> roots) {
        NodeMap<Integer> height = new NodeMap<>();
        for (Expr e : Dag.order(roots)) {
            int h = 0;
            for (Expr operand : e.operands()) {
                h = Math.max(h, 1 + height.get(operand));
            }
            if (h >= DEPTH && !locals.has(e) && isReady(e)) {
                store(e);
            }
            height.put(e, locals.has(e) ? 0 : h);
        }
    }

    private boolean isReady(Expr e) {
        return placement.isPure(e) || placement.in(sure, e);
    }

    /** Computes {@code e} into a local of its own. */
    void store(Expr e) {
        if (!locals.has(e)) {
            compute(e);
            int local = code.allocateLocal(e.type().kind());
            code.storeLocal(e.type().kind(), local);
            bind(e, local);
        }
    }

    /** Leaves the value of {@code e} on the stack. */
    void value(Expr e) {
        if (e instanceof Expr.Constant(Type _, Object value)) {
            ScalarCode.constant(code, value);
            return;
        }
        if (placement.uses(e) > 1) {
            store(e);
        }
        Integer local = locals.find(e);
        if (local != null) {
            code.loadLocal(e.type().kind(), local);
        } else {
            compute(e);
        }
    }

    private void compute(Expr e) {
        switch (e) {
            case Expr.Constant(Type _, Object value) -> ScalarCode.constant(code, value);
            case Expr.Parameter p -> throw new IllegalStateException("parameter " + p.name() + " is not bound");
            case Expr.Captured c -> throw new IllegalStateException("captured scalar " + c.slot() + " is not bound");
            case Expr.Read read -> read(read);
            case Expr.Unary(UnaryOp op, Expr x) -> {
                value(x);
                ScalarCode.unary(code, op, x.type());
            }
            case Expr.Binary(BinaryOp op, Expr a, Expr b)
            when op == BinaryOp.POW -> {
                valueAsDouble(a);
                valueAsDouble(b);
                ScalarCode.binary(code, op, Type.DOUBLE);
                ScalarCode.conversion(code, Type.DOUBLE, a.type());
            }
            case Expr.Binary(BinaryOp op, Expr a, Expr b) -> {
                value(a);
                value(b);
                ScalarCode.binary(code, op, a.type());
            }
            case Expr.Fma(Expr a, Expr b, Expr c) -> {
                value(a);
                value(b);
                value(c);
                ScalarCode.fma(code, a.type());
            }
            case Expr.Compare c -> truth(c);
            case Expr.Select s -> select(s);
            case Expr.Cast(Type type, Expr x) -> {
                value(x);
                ScalarCode.conversion(code, x.type(), type);
            }
        }
    }

    private void valueAsDouble(Expr e) {
        value(e);
        ScalarCode.conversion(code, e.type(), Type.DOUBLE);
    }

    private void read(Expr.Read read) {
        Integer array = arrays.get(read.slot());
        if (array == null) {
            throw new IllegalStateException("captured array " + read.slot() + " is not bound");
        }
        code.aload(array);
        Expr row = read.row();
        if (row != null) {
            value(row);
            code.aaload();
        }
        value(read.index());
        ScalarCode.element(code, read.storage());
    }

    private void truth(Expr condition) {
        Label no = code.newLabel();
        Label end = code.newLabel();
        jump(condition, false, no);
        code.iconst_1().goto_(end).labelBinding(no).iconst_0().labelBinding(end);
    }

    private void select(Expr.Select s) {
        new Decisions(s, code.newLabel(), e -> {
                    value(e);
                    return true;
                })
                .emit(s);
    }

    private interface Leaf {
        /** Emits an arm that is no select; whether the code after it can be reached. */
        boolean emit(Expr e);
    }

    /**
     * Selects that are arms of selects, as jumps: an arm that several of them have is emitted once, after them, and
     * they jump to it. (An early return leads to such arms: all that follows it.)
     */
    private final class Decisions {
        private final Label end;
        private final Leaf leaf;
        private final NodeMap<Integer> edges = new NodeMap<>();
        private final NodeMap<Label> joins = new NodeMap<>();
        private final PriorityQueue<Expr> waiting;

        Decisions(Expr.Select root, Label end, Leaf leaf) {
            this.end = end;
            this.leaf = leaf;
            // Users first, so that all jumps are forward.
            waiting = new PriorityQueue<>(
                    Comparator.comparingInt(placement::number).reversed());
            Deque<Expr.Select> work = new ArrayDeque<>(List.of(root));
            while (!work.isEmpty()) {
                Expr.Select s = work.pop();
                for (Expr arm : List.of(s.then(), s.otherwise())) {
                    Integer known = edges.find(arm);
                    edges.put(arm, known == null ? 1 : known + 1);
                    if (known == null && arm instanceof Expr.Select inner && !locals.has(arm)) {
                        work.push(inner);
                    }
                }
            }
        }

        void emit(Expr.Select root) {
            decide(root);
            while (!waiting.isEmpty()) {
                Expr e = waiting.remove();
                code.labelBinding(joins.get(e));
                finish(e);
            }
            code.labelBinding(end);
        }

        private void decide(Expr.Select s) {
            share(s);
            Label no = code.newLabel();
            branch(s.condition(), false, no);
            arm(s.then());
            code.labelBinding(no);
            arm(s.otherwise());
        }

        private void arm(Expr e) {
            boolean simple = e.operands().isEmpty() || locals.has(e);
            if (edges.get(e) > 1 && !simple) {
                Label join = joins.find(e);
                if (join == null) {
                    join = code.newLabel();
                    joins.put(e, join);
                    waiting.add(e);
                }
                code.goto_(join);
                return;
            }
            finish(e);
        }

        private void finish(Expr e) {
            Scope outer = begin(List.of(e));
            if (e instanceof Expr.Select s && !locals.has(e)) {
                decide(s);
            } else if (leaf.emit(e)) {
                code.goto_(end);
            }
            end(outer);
        }
    }

    /** Computes what both arms, or an arm and the code after it, would otherwise each compute. */
    private void share(Expr.Select s) {
        Set<Expr> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        List<Expr> shared = new ArrayList<>();
        collect(s.then(), s, seen, shared);
        collect(s.otherwise(), s, seen, shared);
        shared.forEach(this::store);
    }

    private void collect(Expr e, Expr.Select s, Set<Expr> seen, List<Expr> shared) {
        if (e instanceof Expr.Constant || locals.has(e) || !seen.add(e)) {
            return;
        }
        if (!placement.isWithinAnArm(e, s) && isReady(e)) {
            shared.add(e);
            return;
        }
        for (Expr operand : e.operands()) {
            collect(operand, s, seen, shared);
        }
    }

    /** Jumps to {@code target} if the condition is {@code when}; falls through otherwise. */
    void branch(Expr condition, boolean when, Label target) {
        if (placement.uses(condition) > 1 || locals.has(condition)) {
            value(condition);
            test(when, target);
        } else {
            jump(condition, when, target);
        }
    }

    private void test(boolean when, Label target) {
        if (when) {
            code.ifne(target);
        } else {
            code.ifeq(target);
        }
    }

    private void jump(Expr condition, boolean when, Label target) {
        switch (condition) {
            case Expr.Compare c -> compare(c, when, target);
            case Expr.Unary(UnaryOp _, Expr x) -> branch(x, !when, target);
            case Expr.Binary(BinaryOp op, Expr a, Expr b)
            when op != BinaryOp.XOR && placement.isPure(b) -> {
                // a && b, a || b: as b can't throw, nobody sees whether it was evaluated.
                boolean decisive = op == BinaryOp.OR;
                Label end = code.newLabel();
                branch(a, decisive, decisive == when ? target : end);
                Scope outer = begin(List.of(b));
                branch(b, when, target);
                end(outer);
                code.labelBinding(end);
            }
            case Expr.Select s ->
                new Decisions(s, code.newLabel(), e -> {
                            if (e instanceof Expr.Constant(Type _, Object value)) {
                                boolean jumps = value.equals(when);
                                if (jumps) {
                                    code.goto_(target);
                                }
                                return !jumps;
                            }
                            branch(e, when, target);
                            return true;
                        })
                        .emit(s);
            default -> {
                compute(condition);
                test(when, target);
            }
        }
    }

    private void compare(Expr.Compare c, boolean when, Label target) {
        value(c.a());
        value(c.b());
        Comparison op = c.op();
        switch (c.a().type()) {
            // A comparison with NaN fails: the three-way result must fall on the side where it does.
            case FLOAT -> {
                boolean less = op == Comparison.LT || op == Comparison.LE;
                var _ = less ? code.fcmpg() : code.fcmpl();
                againstZero(when ? op : op.negated(), target);
            }
            case DOUBLE -> {
                boolean less = op == Comparison.LT || op == Comparison.LE;
                var _ = less ? code.dcmpg() : code.dcmpl();
                againstZero(when ? op : op.negated(), target);
            }
            case LONG -> {
                code.lcmp();
                againstZero(when ? op : op.negated(), target);
            }
            default -> ints(when ? op : op.negated(), target);
        }
    }

    private void againstZero(Comparison op, Label target) {
        switch (op) {
            case EQ -> code.ifeq(target);
            case NE -> code.ifne(target);
            case LT -> code.iflt(target);
            case LE -> code.ifle(target);
            case GT -> code.ifgt(target);
            case GE -> code.ifge(target);
        }
    }

    private void ints(Comparison op, Label target) {
        switch (op) {
            case EQ -> code.if_icmpeq(target);
            case NE -> code.if_icmpne(target);
            case LT -> code.if_icmplt(target);
            case LE -> code.if_icmple(target);
            case GT -> code.if_icmpgt(target);
            case GE -> code.if_icmpge(target);
        }
    }
}
