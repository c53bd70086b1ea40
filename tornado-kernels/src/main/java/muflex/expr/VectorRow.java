package muflex.expr;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeModel;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import muflex.expr.Derivative.ReadDerivative;
import muflex.expr.RowFunction.Vary;
import org.jspecify.annotations.Nullable;

/**
 * The vector form of a {@link RowFunction}: a method for the whole vectors of a row, and one for the rest, under a mask.
 * Two methods, since a mask that is always there would cost the whole vectors a quarter more.
 */
final class VectorRow {
    /**
     * More calls of the Vector API than that are not emitted: each costs C2 hundreds of nodes, and a C2 that runs out of
     * nodes leaves the method to the interpreter. It did with 350.
     */
    private static final int MOST_CALLS = 240;

    /** C2 inlines no hot method longer than this ({@code FreqInlineSize}). */
    private static final int INLINED = 325;

    private static final int FLAGS = ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC;

    private final RowFunction row;

    /** The outputs; or of each read its activity, itself and its derivative, of a row that adds to gradients. */
    private final List<Expr> roots;

    private final boolean scatters;
    private final List<Expr> order;
    private final NodeMap<Boolean> varies;
    private final NodeMap<Affine> affine = new NodeMap<>();
    private final Placement placement;
    private final boolean wide;

    private VectorRow(RowFunction row, boolean scatters) {
        this.row = row;
        this.scatters = scatters;
        Nodes nodes = new Nodes();
        roots = Strength.reduce(scatters ? ScalarRow.derivatives(row) : row.outputs(), nodes);
        order = Dag.order(roots);
        varies = new RowSlots(row).varying(order);
        List<Expr> used = new ArrayList<>(roots);
        for (Expr e : order) {
            Affine index = e instanceof Expr.Read read && varies.get(read) ? affine(read, nodes) : null;
            if (index != null) {
                used.add(index.rest());
            }
        }
        placement = new Placement(used);
        wide = !Narrowing.isHarmless(order, varies);
    }

    private @Nullable Affine affine(Expr.Read read, Nodes nodes) {
        Affine index = affine.find(read.index());
        if (index == null) {
            index = Affine.of(read.index(), varies, nodes);
            if (index != null) {
                affine.put(read.index(), index);
            }
        }
        return index;
    }

    /** Adds {@code row}'s methods to the class, whose name the second is called by. */
    static void emit(RowFunction row, ClassBuilder builder, ClassDesc owner) {
        VectorRow form = new VectorRow(row, false);
        if (form.isVectorizable()) {
            form.addMethods(builder, owner);
        } else {
            row.emitScalar(builder);
        }
    }

    /** The same for the rows of a tile; {@code scatters} as {@link TileFunction#emitVectorScatter}. */
    static void emit(TileFunction tile, boolean scatters, ClassBuilder builder, ClassDesc owner) {
        VectorRow form = new VectorRow(tile.row(), scatters);
        if (form.isVectorizable()) {
            MethodTypeDesc type = scatters ? tile.scatterDescriptor() : tile.descriptor();
            builder.withMethodBody(tile.row().name(), type, FLAGS, code -> form.tile(tile, type, code, owner));
            form.addRest(builder);
        } else if (scatters) {
            tile.emitScatter(builder, owner);
        } else {
            tile.emitScalar(builder, owner);
        }
    }

    private void addMethods(ClassBuilder builder, ClassDesc owner) {
        builder.withMethodBody(row.name(), type(), FLAGS, code -> row(code, owner));
        addRest(builder);
    }

    private MethodTypeDesc type() {
        return scatters ? row.scatterDescriptor() : row.descriptor();
    }

    private void addRest(ClassBuilder builder) {
        builder.withMethodBody(row.name() + "Rest", restType(), FLAGS, this::rest);
    }

    /** The row's arguments, then the first element that is left. */
    private MethodTypeDesc restType() {
        return type().insertParameterTypes(type().parameterCount(), Type.INT.descriptor());
    }

    private boolean isVectorizable() {
        int operations = 0;
        for (Expr e : order) {
            if (varies.get(e)) {
                operations += e instanceof Expr.Parameter ? 0 : 1;
                if (e.type() == Type.LONG || !hasPattern(e)) {
                    return false;
                }
            }
        }
        return operations > 0 && calls() <= MOST_CALLS;
    }

    /** What may throw is emitted once for each mask it is under, so a row may be far longer than its expression. */
    private long calls() {
        ClassDesc owner = ClassDesc.of("Trial");
        try {
            byte[] trial = ClassFile.of().build(owner, builder -> addMethods(builder, owner));
            return ClassFile.of().parse(trial).methods().stream()
                    .mapToLong(VectorRow::calls)
                    .max()
                    .orElse(0);
        } catch (IllegalArgumentException _) {
            return Long.MAX_VALUE; // longer than any method can be
        }
    }

    private static long calls(MethodModel method) {
        return method.code().stream()
                .flatMap(CodeModel::elementStream)
                .filter(element -> element instanceof InvokeInstruction i
                        && i.owner().asInternalName().startsWith("jdk/incubator/vector/"))
                .count();
    }

    /**
     * Whether there is a vector form: not of the functions for which the Vector API gives one result where C2 compiles it
     * and another where it is interpreted, as a call would not repeat itself while the JVM warms up. {@link Math}'s are
     * the same everywhere.
     */
    private static boolean hasPattern(Expr e) {
        return switch (e) {
            case Expr.Unary(UnaryOp op, Expr _) ->
                switch (op) {
                    case EXPM1, LOG, LOG1P, SIN, COS, TAN -> false;
                    default -> true;
                };
            case Expr.Binary(BinaryOp op, Expr a, Expr _) ->
                op != BinaryOp.POW && !(op == BinaryOp.REM && a.type().isFloating());
            default -> true;
        };
    }

    private void row(CodeBuilder code, ClassDesc owner) {
        keepFromInlining(code);
        Body body = new Body(code, type(), code.allocateLocal(TypeKind.INT));
        body.bindUniforms(_ -> true);
        wholeVectors(code, owner, body);
        code.return_();
    }

    private void tile(TileFunction tile, MethodTypeDesc type, CodeBuilder code, ClassDesc owner) {
        keepFromInlining(code);
        Label end = code.newLabel();
        Body body = new Body(code, type, code.allocateLocal(TypeKind.INT));
        NodeMap<Boolean> changes = Dag.depending(order, e -> e instanceof Expr.Parameter p && p.index() == tile.next());
        body.bindUniforms(e -> !changes.get(e));
        Label loop = tile.startRows(code, end);
        body.bindUniforms(changes::get);
        wholeVectors(code, owner, body);
        tile.nextRow(code, loop);
        code.labelBinding(end).return_();
    }

    /** The vectors of a row that are full, and a call for the rest. */
    private void wholeVectors(CodeBuilder code, ClassDesc owner, Body body) {
        RowSlots slots = new RowSlots(row);
        VectorCode lanes = new VectorCode(code, wide);
        Label loop = code.newLabel();
        Label last = code.newLabel();
        Label end = code.newLabel();
        int i = body.i;
        code.iconst_0().istore(i).labelBinding(loop).iload(i);
        lanes.length();
        code.iadd().iload(slots.count(code)).if_icmpgt(last);
        body.emit(VectorEmitter.ALL);
        code.iload(i);
        lanes.length();
        code.iadd().istore(i).goto_(loop).labelBinding(last);
        code.iload(i).iload(slots.count(code)).if_icmpge(end);
        slots.loadArguments(code);
        if (scatters) {
            code.aload(body.gradients);
        }
        code.iload(i).invokestatic(owner, row.name() + "Rest", restType()).labelBinding(end);
    }

    private void rest(CodeBuilder code) {
        keepFromInlining(code);
        RowSlots slots = new RowSlots(row);
        VectorCode lanes = new VectorCode(code, wide);
        int i = code.parameterSlot(type().parameterCount());
        Body body = new Body(code, type(), i);
        body.bindUniforms(_ -> true);
        int mask = code.allocateLocal(TypeKind.REFERENCE);
        code.iload(slots.count(code)).iload(i).isub();
        lanes.first();
        code.astore(mask);
        body.emit(mask);
        code.return_();
    }

    /** A vector loop inlined into a large method may be cut short by C2's limits; on its own it is safe from them. */
    private static void keepFromInlining(CodeBuilder code) {
        for (int n = 0; n < INLINED; n++) {
            code.nop();
        }
    }

    /** What is done for the vector that begins at element {@code i}. */
    private final class Body {
        private final CodeBuilder code;
        private final VectorCode lanes;
        private final int scratch;
        private final RowSlots slots;
        private final int i;
        private final int gradients;
        private final ScalarEmitter scalars;
        private final Map<Integer, Integer> arrays;

        /** Emits what is done once: captured values into locals. The gradients of a {@code type} that has them come last. */
        Body(CodeBuilder code, MethodTypeDesc type, int i) {
            this.code = code;
            this.lanes = new VectorCode(code, wide);
            this.slots = new RowSlots(row);
            this.scratch = code.allocateLocal(TypeKind.REFERENCE);
            if (scatters || order.stream().anyMatch(e -> e instanceof Expr.Read && varies.get(e))) {
                lanes.scratch();
                code.astore(scratch);
            }
            this.i = i;
            this.gradients = code.parameterSlot(type.parameterCount() - 1);
            Prologue.Source captures = Prologue.Source.array(slots.captures(code));
            arrays = Prologue.arrays(code, order, captures);
            scalars = new ScalarEmitter(code, placement, arrays);
            Prologue.scalars(code, order, captures, scalars);
        }

        /** Computes what of {@code which} is uniform and can't throw. */
        void bindUniforms(Predicate<Expr> which) {
            Uniforms.bind(slots, order, roots, placement, scalars, code, which);
        }

        void emit(int mask) {
            VectorEmitter vectors = new VectorEmitter(code, lanes, scratch, placement, varies, affine, scalars, arrays);
            vectors.activate(mask);
            for (Expr e : order) {
                if (e instanceof Expr.Parameter p && varies.get(p)) {
                    bind(p, mask, vectors);
                }
            }
            if (scatters) {
                scatter(mask, vectors);
            } else {
                store(mask, vectors);
            }
        }

        private void store(int mask, VectorEmitter vectors) {
            // All outputs before any is stored: an output's array may be a parameter's.
            int[] values = roots.stream().mapToInt(vectors::store).toArray();
            for (int o = 0; o < values.length; o++) {
                int array = slots.output(code, o);
                code.aload(values[o]).aload(array).iload(array + 1).iload(i).iadd();
                if (mask == VectorEmitter.ALL) {
                    lanes.store();
                } else {
                    code.aload(mask);
                    lanes.storeActive();
                }
            }
        }

        private void scatter(int mask, VectorEmitter vectors) {
            int upstream = load(slots.output(code, 0), mask);
            for (int d = 0; d < roots.size(); d += 3) {
                Expr.Read read = (Expr.Read) roots.get(d + 1);
                int sums = code.allocateLocal(TypeKind.REFERENCE);
                code.aload(gradients).loadConstant(read.slot()).aaload().astore(sums);
                vectors.scatter(new ReadDerivative(read, roots.get(d), roots.get(d + 2)), upstream, sums);
            }
        }

        /** The vector of the array in that local, its offset in the next, says in which local it is. */
        private int load(int array, int mask) {
            code.aload(array).iload(array + 1).iload(i).iadd();
            if (mask == VectorEmitter.ALL) {
                lanes.load(Storage.FLOATS);
            } else {
                code.aload(mask);
                lanes.loadActive(Storage.FLOATS);
            }
            int local = code.allocateLocal(TypeKind.REFERENCE);
            code.astore(local);
            return local;
        }

        private void bind(Expr.Parameter p, int mask, VectorEmitter vectors) {
            int slot = slots.parameter(code, p.index());
            if (row.vary().get(p.index()) == Vary.IOTA) {
                int start = code.allocateLocal(TypeKind.INT);
                code.iload(slot).iload(i).iadd().dup().istore(start);
                scalars.bind(p, start);
                lanes.iota();
                int local = code.allocateLocal(TypeKind.REFERENCE);
                code.astore(local);
                vectors.bind(p, local);
            } else {
                vectors.bind(p, load(slot, mask));
            }
        }
    }
}
