package muflex.engine.tornado;

import static muflex.engine.lowering.AttentionMods.PARAMETERS;
import static muflex.engine.lowering.AttentionMods.SCORE;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.function.Consumer;
import muflex.engine.tornado.JitPlace.Captures;
import muflex.engine.translate.ModFunctions;
import muflex.expr.BinaryOp;
import muflex.expr.Comparison;
import muflex.expr.Derivative;
import muflex.expr.Expr;
import muflex.expr.Narrowing;
import muflex.expr.Rewriter;
import muflex.expr.RowFunction;
import muflex.expr.RowFunction.Vary;
import muflex.expr.Simplifier;
import muflex.expr.Storage;
import muflex.expr.Type;
import muflex.kernels.Mods;

/** Writes the class that takes the place of {@link Mods} for TornadoVM's compiler. Captured scalars are constants in it. */
final class JitMods {
    private static final ClassDesc NAME = ClassDesc.of(Mods.class.getName());
    private static final int FLAGS = ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC;
    private static final ClassDesc INT = ConstantDescs.CD_int;
    private static final List<Vary> KEYS = List.of(Vary.ARRAY, Vary.UNIFORM, Vary.UNIFORM, Vary.UNIFORM, Vary.IOTA);
    private static final List<Vary> QUERIES = List.of(Vary.ARRAY, Vary.UNIFORM, Vary.UNIFORM, Vary.IOTA, Vary.UNIFORM);

    /** (s, offset, count, b, h, q, kv, captures). */
    private static final MethodTypeDesc ROW = MethodTypeDesc.of(
            ConstantDescs.CD_void,
            ConstantDescs.CD_float.arrayType(),
            INT,
            INT,
            INT,
            INT,
            INT,
            INT,
            ConstantDescs.CD_Object.arrayType());

    /** (s, sOffset, ds, dsOffset, count, b, h, q, kv, captures). */
    private static final MethodTypeDesc ROW_AND_UPSTREAM =
            ROW.insertParameterTypes(2, ConstantDescs.CD_float.arrayType(), INT);

    private static final Expr.Parameter UPSTREAM = new Expr.Parameter(Type.FLOAT, PARAMETERS.size(), "upstream");

    private JitMods() {}

    /** The class file; Mods' methods but those that sum gradients of captured arrays. */
    static byte[] of(ModFunctions mods, Captures captures) {
        List<Expr> wanted = List.of(mods.score(), mods.masked(), gradient(mods.score()), gradient(mods.masked()));
        List<Expr> bound = Rewriter.rewrite(wanted, e -> bind(e, captures));
        byte[] classFile = ClassFile.of().build(NAME, builder -> {
            builder.withFlags(ClassFile.ACC_PUBLIC | ClassFile.ACC_FINAL);
            add(builder, "scoreQueries", QUERIES, bound.get(0), captures.arrays());
            add(builder, "maskedQueries", QUERIES, bound.get(1), captures.arrays());
            add(builder, "scoreKeys", KEYS, bound.get(0), captures.arrays());
            add(builder, "maskedKeys", KEYS, bound.get(1), captures.arrays());
            addDerivative(builder, "derivativeKeys", bound.get(2), captures.arrays());
            addDerivative(builder, "maskedDerivativeKeys", bound.get(3), captures.arrays());
        });
        return Narrowing.isHarmless(bound) ? JitFloats.of(classFile) : classFile;
    }

    /** Upstream times the derivative. */
    private static Expr gradient(Expr value) {
        return Simplifier.simplify(new Expr.Binary(BinaryOp.MUL, UPSTREAM, Derivative.withRespectTo(value, SCORE)));
    }

    /** The type of a method of Mods that passes captures, as it is here: the captured arrays come in their place. */
    private static MethodTypeDesc type(MethodTypeDesc type, SortedMap<Integer, Storage> arrays) {
        int captures = type.parameterCount() - 1;
        return arrays.isEmpty()
                ? type
                : type.dropParameterTypes(captures, captures + 1).insertParameterTypes(captures, descriptors(arrays));
    }

    private static ClassDesc[] descriptors(SortedMap<Integer, Storage> arrays) {
        return arrays.values().stream().map(Storage::descriptor).toArray(ClassDesc[]::new);
    }

    private static Expr bind(Expr e, Captures captures) {
        return switch (e) {
            case Expr.Captured(Type type, int slot) -> new Expr.Constant(type, scalar(type, captures, slot));
            case Expr.Read read -> inRange(read, captures);
            default -> e;
        };
    }

    private static Object scalar(Type type, Captures captures, int slot) {
        if (!(captures.values().get(slot) instanceof JitPlace.Constant(Object value))) {
            throw new IllegalArgumentException("captured value " + slot + ": expected a scalar");
        }
        return type == Type.BOOLEAN ? (Object) value.equals(1) : value;
    }

    /** What is out of range reads 0, as on all devices. */
    private static Expr inRange(Expr.Read read, Captures captures) {
        if (!(captures.values().get(read.slot()) instanceof JitPlace.CapturedArray(Storage storage, int length))) {
            throw new IllegalArgumentException("captured value " + read.slot() + ": expected an array");
        }
        Expr zero = new Expr.Constant(read.type(), read.type().zero());
        if (length == 0) {
            return zero;
        }
        Expr from = new Expr.Binary(BinaryOp.MAX, read.index(), new Expr.Constant(Type.INT, 0));
        Expr clamped = new Expr.Binary(BinaryOp.MIN, from, new Expr.Constant(Type.INT, length - 1));
        return new Expr.Select(new Expr.Compare(Comparison.EQ, clamped, read.index()), read, zero);
    }

    private static void add(
            ClassBuilder builder, String name, List<Vary> vary, Expr value, SortedMap<Integer, Storage> arrays) {
        if (value.equals(SCORE)) {
            builder.withMethodBody(name, type(ROW, arrays), FLAGS, CodeBuilder::return_);
            return;
        }
        RowFunction row = new RowFunction(name + "Row", PARAMETERS, vary, List.of(value));
        add(builder, name, ROW, row, arrays, code -> {
            indices(code.aload(0).iload(1), 3);
            code.aload(0).iload(1).iload(2);
        });
    }

    private static void addDerivative(
            ClassBuilder builder, String name, Expr gradient, SortedMap<Integer, Storage> arrays) {
        if (gradient.equals(UPSTREAM)) {
            builder.withMethodBody(name, type(ROW_AND_UPSTREAM, arrays), FLAGS, CodeBuilder::return_);
            return;
        }
        List<Expr.Parameter> parameters = new ArrayList<>(PARAMETERS);
        parameters.add(UPSTREAM);
        List<Vary> vary = new ArrayList<>(KEYS);
        vary.add(Vary.ARRAY);
        RowFunction row = new RowFunction(name + "Row", parameters, vary, List.of(gradient));
        add(builder, name, ROW_AND_UPSTREAM, row, arrays, code -> {
            indices(code.aload(0).iload(1), 5);
            code.aload(2).iload(3).aload(2).iload(3).iload(4);
        });
    }

    /** b, h, q and kv, of which b is in the given slot. */
    private static void indices(CodeBuilder code, int b) {
        code.iload(b).iload(b + 1).iload(b + 2).iload(b + 3);
    }

    /** @param arguments puts those of {@code row} on the stack, but for the captures, which come last in both methods */
    private static void add(
            ClassBuilder builder,
            String name,
            MethodTypeDesc mods,
            RowFunction row,
            SortedMap<Integer, Storage> arrays,
            Consumer<CodeBuilder> arguments) {
        if (arrays.isEmpty()) {
            row.emitScalar(builder);
        } else {
            row.emitScalar(builder, arrays);
        }
        MethodTypeDesc type = type(mods, arrays);
        builder.withMethodBody(name, type, FLAGS, code -> {
            arguments.accept(code);
            for (int i = mods.parameterCount() - 1; i < type.parameterCount(); i++) {
                code.aload(i);
            }
            code.invokestatic(NAME, row.name(), arrays.isEmpty() ? row.descriptor() : row.descriptor(arrays))
                    .return_();
        });
    }
}
