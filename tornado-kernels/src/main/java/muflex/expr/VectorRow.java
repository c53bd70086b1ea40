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

    private final RowFunction row;
    private final List<Expr> outputs;
    private final List<Expr> order;
    private final NodeMap<Boolean> varies;
    private final NodeMap<Affine> affine = new NodeMap<>();
    private final Placement placement;
    private final boolean wide;

    private VectorRow(RowFunction row) {
        this.row = row;
        Nodes nodes = new Nodes();
        outputs = Strength.reduce(row.outputs(), nodes);
        order = Dag.order(outputs);
        varies = new RowSlots(row).varying(order);
        List<Expr> roots = new ArrayList<>(outputs);
        for (Expr e : order) {
            Affine index = e instanceof Expr.Read read && varies.get(read) ? affine(read, nodes) : null;
            if (index != null) {
                roots.add(index.rest());
            }
        }
        placement = new Placement(roots);
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
        VectorRow form = new VectorRow(row);
        if (form.isVectorizable()) {
            form.addMethods(builder, owner);
        } else {
            row.emitScalar(builder);
        }
    }

    private void addMethods(ClassBuilder builder, ClassDesc owner) {
        MethodTypeDesc type = row.descriptor();
        int flags = ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC;
        String rest = row.name() + "Rest";
        MethodTypeDesc restType = type.insertParameterTypes(type.parameterCount(), Type.INT.descriptor());
        builder.withMethodBody(row.name(), type, flags, code -> wholeVectors(code, owner, rest, restType));
        builder.withMethodBody(rest, restType, flags, this::rest);
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

    private void wholeVectors(CodeBuilder code, ClassDesc owner, String rest, MethodTypeDesc restType) {
        keepFromInlining(code);
        RowSlots slots = new RowSlots(row);
        VectorCode lanes = new VectorCode(code, wide);
        Label loop = code.newLabel();
        Label last = code.newLabel();
        Label end = code.newLabel();
        int i = code.allocateLocal(TypeKind.INT);
        code.iconst_0().istore(i).iload(slots.count(code)).ifle(end);
        Body body = new Body(code, lanes, slots, i);
        code.labelBinding(loop).iload(i);
        lanes.length();
        code.iadd().iload(slots.count(code)).if_icmpgt(last);
        body.emit(VectorEmitter.ALL);
        code.iload(i);
        lanes.length();
        code.iadd().istore(i).goto_(loop).labelBinding(last);
        code.iload(i).iload(slots.count(code)).if_icmpge(end);
        for (int p = 0; p < row.descriptor().parameterCount(); p++) {
            code.loadLocal(TypeKind.from(row.descriptor().parameterType(p)), code.parameterSlot(p));
        }
        code.iload(i).invokestatic(owner, rest, restType).labelBinding(end).return_();
    }

    private void rest(CodeBuilder code) {
        keepFromInlining(code);
        RowSlots slots = new RowSlots(row);
        VectorCode lanes = new VectorCode(code, wide);
        int i = code.parameterSlot(row.descriptor().parameterCount());
        Body body = new Body(code, lanes, slots, i);
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
        private final ScalarEmitter scalars;
        private final Map<Integer, Integer> arrays;

        /** Emits what is done once: captured values into locals, and what is uniform and can't throw. */
        Body(CodeBuilder code, VectorCode lanes, RowSlots slots, int i) {
            this.code = code;
            this.lanes = lanes;
            this.scratch = code.allocateLocal(TypeKind.REFERENCE);
            if (order.stream().anyMatch(e -> e instanceof Expr.Read && varies.get(e))) {
                lanes.scratch();
                code.astore(scratch);
            }
            this.slots = slots;
            this.i = i;
            Prologue.Source captures = Prologue.Source.array(slots.captures(code));
            arrays = Prologue.arrays(code, order, captures);
            scalars = new ScalarEmitter(code, placement, arrays);
            Prologue.scalars(code, order, captures, scalars);
            Uniforms.bind(slots, order, outputs, placement, scalars, code);
        }

        void emit(int mask) {
            VectorEmitter vectors = new VectorEmitter(code, lanes, scratch, placement, varies, affine, scalars, arrays);
            vectors.activate(mask);
            for (Expr e : order) {
                if (e instanceof Expr.Parameter p && varies.get(p)) {
                    bind(p, mask, vectors);
                }
            }
            // All outputs before any is stored: an output's array may be a parameter's.
            int[] values = outputs.stream().mapToInt(vectors::store).toArray();
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

        private void bind(Expr.Parameter p, int mask, VectorEmitter vectors) {
            int slot = slots.parameter(code, p.index());
            if (row.vary().get(p.index()) == Vary.IOTA) {
                int start = code.allocateLocal(TypeKind.INT);
                code.iload(slot).iload(i).iadd().dup().istore(start);
                scalars.bind(p, start);
                lanes.iota();
            } else {
                code.aload(slot).iload(slot + 1).iload(i).iadd();
                if (mask == VectorEmitter.ALL) {
                    lanes.load(Storage.FLOATS);
                } else {
                    code.aload(mask);
                    lanes.loadActive(Storage.FLOATS);
                }
            }
            int local = code.allocateLocal(TypeKind.REFERENCE);
            code.astore(local);
            vectors.bind(p, local);
        }
    }
}
