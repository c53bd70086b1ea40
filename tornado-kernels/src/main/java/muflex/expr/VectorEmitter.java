package muflex.expr;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import muflex.expr.Derivative.ReadDerivative;

/**
 * Emits expressions over a vector of consecutive elements. What doesn't vary is emitted as scalar code; both arms of a
 * select are computed and blended, and what may throw is computed under a mask of the lanes that take the arm.
 */
final class VectorEmitter {
    /** In the place of a mask's local: all lanes are active. */
    static final int ALL = -1;

    /** More operations than that fit into no method. */
    private static final int MOST = 5_000;

    private final CodeBuilder code;
    private final VectorCode lanes;
    private final int scratch;
    private final Placement placement;
    private final NodeMap<Boolean> varies;
    private final NodeMap<Affine> affine;
    private final ScalarEmitter scalars;
    private final Map<Integer, Integer> arrays;
    private final NodeMap<Integer> locals = new NodeMap<>();

    /** exp(−2|x|) of those x where it is computed anyway, for the derivative of tanh x. */
    private final NodeMap<Expr> exponentials = new NodeMap<>();

    /** What was computed under the mask in force and may not be seen outside it. */
    private List<Expr> scoped = new ArrayList<>();

    private int active = ALL;
    private int computed;

    /**
     * {@code scalars} has the uniform parameters bound, and iota parameters to the vector's first; {@code arrays} maps
     * captured arrays' slots to locals; {@code scratch} is the local of {@link VectorMemory#scratch}.
     */
    VectorEmitter(
            CodeBuilder code,
            VectorCode lanes,
            int scratch,
            Placement placement,
            NodeMap<Boolean> varies,
            NodeMap<Affine> affine,
            ScalarEmitter scalars,
            Map<Integer, Integer> arrays) {
        this.code = code;
        this.lanes = lanes;
        this.scratch = scratch;
        this.placement = placement;
        this.varies = varies;
        this.affine = affine;
        this.scalars = scalars;
        this.arrays = arrays;
        for (Expr e : placement.order()) {
            Expr x = Derivative.argumentOfTanh(e);
            if (x != null) {
                exponentials.put(x, e);
            }
        }
    }

    /** Only the lanes of the mask in that local are active from here on. */
    void activate(int mask) {
        active = mask;
    }

    /** From now on the vector of {@code e} is in that local. */
    void bind(Expr e, int local) {
        locals.put(e, local);
    }

    /** Computes {@code e} and says in which local its vector is. */
    int store(Expr e) {
        value(e);
        int local = code.allocateLocal(TypeKind.REFERENCE);
        code.astore(local);
        return local;
    }

    /** Leaves the vector (the mask, of a boolean) of {@code e} on the stack. */
    void value(Expr e) {
        Integer local = locals.find(e);
        if (local != null) {
            code.aload(local);
            return;
        }
        if (varies.get(e)) {
            compute(e);
        } else {
            uniform(e);
        }
        if (placement.uses(e) > 1) {
            int own = code.allocateLocal(TypeKind.REFERENCE);
            code.dup().astore(own);
            locals.put(e, own);
            if (!placement.isPure(e)) {
                scoped.add(e);
            }
        }
    }

    /** One value for all lanes; where it may throw, only if a lane is active. */
    private void uniform(Expr e) {
        if (placement.isPure(e) || active == ALL) {
            scalar(e);
        } else {
            Label skip = code.newLabel();
            int local = code.allocateLocal(e.type().kind());
            ScalarCode.constant(code, e.type().zero());
            code.storeLocal(e.type().kind(), local);
            code.aload(active);
            lanes.any();
            code.ifeq(skip);
            scalar(e);
            code.storeLocal(e.type().kind(), local);
            code.labelBinding(skip).loadLocal(e.type().kind(), local);
        }
        lanes.splat(e.type());
    }

    private void scalar(Expr e) {
        ScalarEmitter.Scope outer = scalars.begin(List.of(e));
        scalars.value(e);
        scalars.end(outer);
    }

    private void compute(Expr e) {
        if (++computed > MOST) {
            throw new IllegalArgumentException("expression: expected one that fits into a method, got a larger one");
        }
        switch (e) {
            case Expr.Constant _, Expr.Captured _ -> throw new IllegalStateException("does not vary: " + e);
            case Expr.Parameter p -> throw new IllegalStateException("parameter " + p.name() + " is not bound");
            case Expr.Read read -> read(read);
            case Expr.Unary(UnaryOp op, Expr x)
            when op == UnaryOp.TANH && lanes.isFloats(x.type()) && exponentials.find(x) != null -> {
                value(x);
                value(exponentials.get(x));
                lanes.tanh();
            }
            case Expr.Unary(UnaryOp op, Expr x) -> {
                Expr ofTanh = lanes.isFloats(e.type()) ? Derivative.argumentOfTanh(e) : null;
                if (ofTanh != null) {
                    value(ofTanh);
                    lanes.decay();
                    return;
                }
                value(x);
                lanes.unary(op, e.type());
            }
            case Expr.Binary(BinaryOp op, Expr a, Expr b) -> {
                value(a);
                value(b);
                if (op.isDivision() && e.type().isInteger()) {
                    loadActive();
                    lanes.divide(op);
                } else {
                    lanes.binary(op, e.type());
                }
            }
            case Expr.Fma(Expr a, Expr b, Expr c) -> {
                value(a);
                value(b);
                value(c);
                lanes.fma(e.type());
            }
            case Expr.Compare(Comparison op, Expr a, Expr b) -> {
                value(a);
                value(b);
                lanes.compare(op, a.type());
            }
            case Expr.Select s -> select(s);
            case Expr.Cast(Type type, Expr x) -> {
                value(x);
                lanes.cast(x.type(), type);
            }
        }
    }

    private void loadActive() {
        if (active == ALL) {
            code.iconst_1();
            lanes.splat(Type.BOOLEAN);
        } else {
            code.aload(active);
        }
    }

    private void select(Expr.Select s) {
        int condition = store(s.condition());
        code.aload(condition);
        arm(s.then(), condition, false);
        arm(s.otherwise(), condition, true);
        lanes.select(s.type());
    }

    private void arm(Expr e, int condition, boolean negated) {
        if (placement.isPure(e)) {
            value(e);
            return;
        }
        code.aload(condition);
        if (negated) {
            lanes.not();
        }
        within(() -> value(e));
    }

    /** Emits with only those lanes active whose mask is on the stack. */
    private void within(Runnable emit) {
        int outer = active;
        List<Expr> outside = scoped;
        scoped = new ArrayList<>();
        if (outer != ALL) {
            code.aload(outer);
            lanes.and();
        }
        active = code.allocateLocal(TypeKind.REFERENCE);
        code.astore(active);
        emit.run();
        scoped.forEach(locals::remove);
        scoped = outside;
        active = outer;
    }

    /** {@code sums[index] += upstream · partial} of each lane that executes the read; the locals' arrays, nothing if sums is null. */
    void scatter(ReadDerivative derivative, int upstream, int sums) {
        if (derivative.active().equals(Expr.Constant.of(true))) {
            add(derivative, upstream, sums);
        } else {
            value(derivative.active());
            within(() -> add(derivative, upstream, sums));
        }
    }

    private void add(ReadDerivative derivative, int upstream, int sums) {
        int index = store(derivative.read().index());
        int partial = store(derivative.partial());
        Label skip = code.newLabel();
        code.aload(sums).ifnull(skip).aload(upstream).aload(partial);
        lanes.binary(BinaryOp.MUL, Type.FLOAT);
        code.aload(sums).aload(index);
        loadActive();
        code.aload(scratch);
        lanes.scatterAdd();
        code.labelBinding(skip);
    }

    private void read(Expr.Read read) {
        Expr row = read.row();
        if (row != null && varies.get(row)) {
            loadArray(read.slot());
            value(row);
            value(read.index());
            loadActive();
            code.aload(scratch);
            lanes.gatherRows();
            return;
        }
        loadArray(read.slot());
        if (row != null) {
            uniformRow(row);
        }
        Affine index = affine.find(read.index());
        if (index != null && index.stride() == 1) {
            scalar(index.rest());
            consecutive(read.storage());
        } else if (index != null && index.stride() == -1 && read.type() == Type.FLOAT) {
            scalar(index.rest());
            loadActive();
            code.aload(scratch);
            lanes.loadReversed();
        } else {
            value(read.index());
            loadActive();
            code.aload(scratch);
            if (read.type() == Type.FLOAT && Affine.inPieces(read.index(), varies)) {
                lanes.gatherRun();
            } else {
                lanes.gather(read.storage());
            }
        }
    }

    private void loadArray(int slot) {
        Integer local = arrays.get(slot);
        if (local == null) {
            throw new IllegalStateException("captured array " + slot + " is not bound");
        }
        code.aload(local);
    }

    private void consecutive(Storage storage) {
        if (active == ALL) {
            lanes.load(storage);
        } else {
            code.aload(active);
            lanes.loadActive(storage);
        }
    }

    /** Replaces the array of rows on the stack by the row that all lanes read. */
    private void uniformRow(Expr row) {
        if (placement.isPure(row) || active == ALL) {
            scalar(row);
        } else {
            Label none = code.newLabel();
            Label end = code.newLabel();
            code.aload(active);
            lanes.any();
            code.ifeq(none);
            scalar(row);
            code.goto_(end).labelBinding(none).iconst_0().labelBinding(end);
        }
        loadActive();
        lanes.row();
    }
}
