package muflex.engine.tornado;

import static muflex.engine.lowering.AttentionMods.PARAMETERS;
import static muflex.engine.lowering.AttentionMods.SCORE;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.List;
import java.util.SortedMap;
import muflex.engine.tornado.JitPlace.Captures;
import muflex.engine.translate.ModFunctions;
import muflex.expr.BinaryOp;
import muflex.expr.Comparison;
import muflex.expr.Expr;
import muflex.expr.Rewriter;
import muflex.expr.RowFunction;
import muflex.expr.RowFunction.Vary;
import muflex.expr.Storage;
import muflex.expr.Type;
import muflex.kernels.Mods;

/** Writes the class that takes the place of {@link Mods} for TornadoVM's compiler. Captured scalars are constants in it. */
final class JitMods {
    private static final ClassDesc NAME = ClassDesc.of(Mods.class.getName());
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

    private static final int CAPTURES = ROW.parameterCount() - 1;

    private JitMods() {}

    /** The class file; of Mods' methods, those of scores. */
    static byte[] of(ModFunctions mods, Captures captures) {
        List<Expr> bound = Rewriter.rewrite(List.of(mods.score(), mods.masked()), e -> bind(e, captures));
        return ClassFile.of().build(NAME, builder -> {
            builder.withFlags(ClassFile.ACC_PUBLIC | ClassFile.ACC_FINAL);
            add(builder, "scoreQueries", QUERIES, bound.get(0), captures.arrays());
            add(builder, "maskedQueries", QUERIES, bound.get(1), captures.arrays());
            add(builder, "scoreKeys", KEYS, bound.get(0), captures.arrays());
            add(builder, "maskedKeys", KEYS, bound.get(1), captures.arrays());
        });
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
        int flags = ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC;
        MethodTypeDesc type = type(ROW, arrays);
        if (value.equals(SCORE)) {
            builder.withMethodBody(name, type, flags, code -> code.return_());
            return;
        }
        RowFunction row = new RowFunction(name + "Row", PARAMETERS, vary, List.of(value));
        if (arrays.isEmpty()) {
            row.emitScalar(builder);
        } else {
            row.emitScalar(builder, arrays);
        }
        builder.withMethodBody(name, type, flags, code -> {
            code.aload(0)
                    .iload(1)
                    .iload(3)
                    .iload(4)
                    .iload(5)
                    .iload(6)
                    .aload(0)
                    .iload(1)
                    .iload(2);
            for (int i = CAPTURES; i < type.parameterCount(); i++) {
                code.aload(i);
            }
            code.invokestatic(NAME, row.name(), arrays.isEmpty() ? row.descriptor() : row.descriptor(arrays))
                    .return_();
        });
    }
}
