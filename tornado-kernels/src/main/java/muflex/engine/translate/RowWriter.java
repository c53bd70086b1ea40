package muflex.engine.translate;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import muflex.engine.translate.Value.Scalar;
import muflex.expr.BinaryOp;
import muflex.expr.Dag;
import muflex.expr.Expr;
import muflex.expr.RowFunction.Vary;
import muflex.expr.Storage;
import muflex.expr.Type;
import muflex.expr.UnaryOp;
import org.jspecify.annotations.Nullable;

/**
 * Writes the nodes of expressions over a row. What does not vary along the row is computed once, before the loop; the rest
 * in the loop, element by element or vector by vector. A node with several users gets a variable.
 */
final class RowWriter {
    private final RowScalars scalars;
    private final RowForm form;
    private final List<Expr.Parameter> parameters;
    private final List<Vary> vary;
    private final boolean doubles;
    private final IdentityHashMap<Expr, Scalar> values = new IdentityHashMap<>();
    private final IdentityHashMap<Expr, Boolean> varying = new IdentityHashMap<>();
    private final IdentityHashMap<Expr, Integer> users = new IdentityHashMap<>();
    private int variables;

    /** Statements before the loop, and in it. */
    final List<String> before = new ArrayList<>();

    final List<String> inside = new ArrayList<>();

    /**
     * @param parameters what each parameter is named, by its index
     * @param vectors whether the loop goes by vectors
     * @param doubles whether the device computes in double
     */
    RowWriter(Dialect dialect, List<Expr.Parameter> parameters, List<Vary> vary, boolean vectors, boolean doubles) {
        this.parameters = parameters;
        scalars = new RowScalars(dialect);
        form = vectors ? new RowVectors(dialect) : scalars;
        this.vary = vary;
        this.doubles = doubles;
    }

    /** Names of the helper functions that the statements call. */
    Set<String> helpers() {
        Set<String> all = new TreeSet<>(scalars.helpers);
        all.addAll(form.helpers);
        return all;
    }

    private String name(Expr.Parameter parameter) {
        return parameters.get(parameter.index()).name();
    }

    /** The loop's form. */
    RowForm form() {
        return form;
    }

    /** Writes everything that {@code roots} need; then {@link #value} gives their C. */
    void write(List<Expr> roots) {
        List<Expr> order = Dag.order(roots);
        for (Expr node : order) {
            node.operands().forEach(operand -> users.merge(operand, 1, Integer::sum));
        }
        roots.forEach(root -> users.merge(root, 1, Integer::sum));
        for (Expr node : order) {
            boolean varies = node instanceof Expr.Parameter p
                    ? vary.get(p.index()) != Vary.UNIFORM
                    : node.operands().stream().anyMatch(this::varies);
            varying.put(node, varies);
            Scalar value = varies ? inLoop(node) : once(node);
            values.put(node, needsVariable(node, value, varies) ? variable(node, value, varies) : value);
        }
    }

    private boolean varies(Expr node) {
        return varying.getOrDefault(node, false);
    }

    private Scalar found(Expr node) {
        return Objects.requireNonNull(values.get(node), "operands come first");
    }

    private boolean needsVariable(Expr node, Scalar value, boolean varies) {
        boolean given =
                node instanceof Expr.Constant || node instanceof Expr.Captured || node instanceof Expr.Parameter;
        boolean costly = node instanceof Expr.Select
                || node instanceof Expr.Read
                || value.text().length() > 80;
        boolean moves = !varies && value.precedence() < C.PRIMARY;
        return !given && (costly || moves || users.getOrDefault(node, 0) > 1);
    }

    private Scalar variable(Expr node, Scalar value, boolean varies) {
        String name = "x" + variables++;
        Type type = type(node);
        String declared =
                "const " + (varies ? form.type(type) : scalars.type(type)) + " " + name + " = " + value.text() + ";";
        (varies ? inside : before).add(declared);
        return Scalar.variable(RowForm.kind(type), name);
    }

    /** The type that a node is computed in: doubles only where they are computed once and the device has them. */
    private Type type(Expr node) {
        boolean keeps = doubles && !varies(node);
        return node.type() == Type.DOUBLE && !keeps ? Type.FLOAT : node.type();
    }

    private Scalar once(Expr node) {
        return switch (node) {
            case Expr.Constant constant -> constant(constant);
            case Expr.Parameter parameter -> Scalar.variable(RowForm.kind(parameter.type()), name(parameter));
            case Expr.Captured captured ->
                Scalar.variable(RowForm.kind(captured.type()), CaptureNames.value(captured.slot()));
            case Expr.Read read -> read(read, scalars, found(read.index()));
            default -> operation(node, false);
        };
    }

    private Scalar constant(Expr.Constant constant) {
        return switch (constant.value()) {
            case Boolean truth -> C.constant(truth ? 1 : 0);
            case Double d when type(constant) == Type.FLOAT -> C.constant(d.floatValue());
            case Number number -> C.constant(number);
            default -> throw new IllegalArgumentException("constant: expected a number, got " + constant.value());
        };
    }

    private Scalar inLoop(Expr node) {
        return switch (node) {
            case Expr.Parameter parameter -> element(parameter);
            case Expr.Read read -> varyingRead(read);
            default -> operation(node, true);
        };
    }

    /** A parameter at the loop's element i. */
    private Scalar element(Expr.Parameter parameter) {
        if (vary.get(parameter.index()) == Vary.ARRAY) {
            return Scalar.variable(Kind.FLOAT, name(parameter));
        }
        Scalar first = Scalar.of(Kind.INT, name(parameter) + " + i", C.SUM);
        return form instanceof RowVectors vectors
                ? C.binary(Kind.INT, "+", vectors.splat(Type.INT, first), Scalar.of(Kind.INT, "IOTA", C.PRIMARY))
                : first;
    }

    /** An operand as a node of the loop takes it: a vector, narrowed from double. */
    private Scalar inForm(Expr operand) {
        if (varies(operand) || !(form instanceof RowVectors vectors)) {
            return found(operand);
        }
        return type(operand) == Type.DOUBLE
                ? vectors.splat(Type.FLOAT, scalars.cast(Type.DOUBLE, Type.FLOAT, found(operand)))
                : vectors.splat(type(operand), found(operand));
    }

    private Scalar operation(Expr node, boolean loop) {
        RowForm in = loop ? form : scalars;
        Type type = type(node);
        Scalar[] a = node.operands().stream()
                .map(operand -> loop ? inForm(operand) : found(operand))
                .toArray(Scalar[]::new);
        return switch (node) {
            case Expr.Unary(UnaryOp op, Expr x) -> in.unary(op, type, a[0]);
            case Expr.Binary(BinaryOp op, Expr x, Expr y) -> in.binary(op, type, a[0], a[1]);
            case Expr.Fma ignored -> in.fma(type, a[0], a[1], a[2]);
            case Expr.Compare compare -> in.compare(compare.op(), compare.a().type(), a[0], a[1]);
            case Expr.Select select -> in.select(type, a[0], a[1], a[2]);
            case Expr.Cast cast -> in.cast(operandType(cast.x(), loop), type, a[0]);
            default -> throw new IllegalArgumentException("expression: expected an operation, got " + node);
        };
    }

    private Type operandType(Expr operand, boolean loop) {
        boolean narrowed = loop && form instanceof RowVectors && type(operand) == Type.DOUBLE;
        return narrowed ? Type.FLOAT : type(operand);
    }

    private Scalar read(Expr.Read read, RowForm in, Scalar index) {
        String array = CaptureNames.value(read.slot());
        String length = CaptureNames.length(read.slot());
        if (read.row() == null) {
            return in.gather(read.storage(), array, index, length);
        }
        Scalar row = found(read.row());
        String starts = CaptureNames.starts(read.slot());
        String start =
                scalars.helper(Type.INT, "rowStart_int", starts, row, length).text();
        String rowLength =
                scalars.helper(Type.INT, "rowLength_int", starts, row, length).text();
        return in.helper(Type.FLOAT, "readRow_float", array + " + " + start, index, rowLength);
    }

    private Scalar varyingRead(Expr.Read read) {
        if (!(form instanceof RowVectors vectors)) {
            return read(read, form, found(read.index()));
        }
        Expr row = read.row();
        String array = CaptureNames.value(read.slot());
        String length = CaptureNames.length(read.slot());
        if (row != null && varies(row)) {
            Scalar flat = Scalar.of(
                    Kind.INT,
                    "flat_int(" + CaptureNames.starts(read.slot()) + ", "
                            + inForm(row).text() + ", " + inForm(read.index()).text() + ", " + length + ")",
                    C.PRIMARY);
            vectors.helpers.add("flat_int");
            return vectors.gather(Storage.FLOATS, array, flat, "INT_MAX");
        }
        Storage storage = row == null ? read.storage() : Storage.FLOATS;
        if (row != null) {
            Scalar r = found(row);
            String starts = CaptureNames.starts(read.slot());
            array += " + "
                    + scalars.helper(Type.INT, "rowStart_int", starts, r, length)
                            .text();
            length =
                    scalars.helper(Type.INT, "rowLength_int", starts, r, length).text();
        }
        Integer stride = stride(read.index());
        if (stride != null && stride == 1) {
            return vectors.run(storage, array, atFirst(read.index()), length);
        }
        if (stride != null && stride == -1) {
            return vectors.reversedRun(storage, array, atFirst(read.index()), length);
        }
        return vectors.gather(storage, array, inForm(read.index()), length);
    }

    /** By how much an int grows from element to element, or null where that is not one constant. */
    private @Nullable Integer stride(Expr index) {
        if (!varies(index)) {
            return 0;
        }
        return switch (index) {
            case Expr.Parameter ignored -> 1;
            case Expr.Unary(UnaryOp op, Expr x) when op == UnaryOp.NEGATE -> scaled(stride(x), -1);
            case Expr.Binary(BinaryOp op, Expr a, Expr b) when op == BinaryOp.ADD -> sum(stride(a), stride(b));
            case Expr.Binary(BinaryOp op, Expr a, Expr b)
            when op == BinaryOp.SUB -> sum(stride(a), scaled(stride(b), -1));
            default -> null;
        };
    }

    private static @Nullable Integer scaled(@Nullable Integer stride, int by) {
        return stride == null ? null : stride * by;
    }

    private static @Nullable Integer sum(@Nullable Integer a, @Nullable Integer b) {
        return a == null || b == null ? null : Integer.valueOf(a + b);
    }

    /** The value of a strided int at a vector's first element. */
    private Scalar atFirst(Expr index) {
        if (!varies(index)) {
            return found(index);
        }
        return switch (index) {
            case Expr.Parameter p -> Scalar.of(Kind.INT, name(p) + " + i", C.SUM);
            case Expr.Unary(UnaryOp op, Expr x) -> scalars.unary(op, Type.INT, atFirst(x));
            case Expr.Binary(BinaryOp op, Expr a, Expr b) -> scalars.binary(op, Type.INT, atFirst(a), atFirst(b));
            default -> throw new IllegalStateException("a strided index: " + index);
        };
    }

    /** The C of a root in the loop's form. */
    Scalar value(Expr root) {
        return inForm(root);
    }
}
