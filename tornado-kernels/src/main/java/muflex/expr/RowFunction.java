package muflex.expr;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;

/**
 * Expressions over a row of {@code count} consecutive elements, to be emitted as one static method without
 * result. For element i a parameter is its argument itself ({@link Vary#UNIFORM}), its int argument + i
 * ({@link Vary#IOTA}) or {@code array[offset + i]} ({@link Vary#ARRAY}); output j of element i goes to
 * {@code out[offset + i]} of its own array. An output's array may be a parameter's at the same offset.
 *
 * @param name the method's name
 * @param parameters the parameters, in order
 * @param vary how each parameter varies along the row
 * @param outputs the floats to compute
 */
public record RowFunction(String name, List<Expr.Parameter> parameters, List<Vary> vary, List<Expr> outputs) {

    /** How a parameter varies along the row. */
    public enum Vary {
        UNIFORM,
        IOTA,
        ARRAY
    }

    private static final int STATIC = ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC;
    static final ClassDesc FLOATS = ConstantDescs.CD_float.arrayType();
    static final ClassDesc OBJECTS = ConstantDescs.CD_Object.arrayType();

    public RowFunction {
        parameters = List.copyOf(parameters);
        vary = List.copyOf(vary);
        outputs = List.copyOf(outputs);
        if (vary.size() != parameters.size()) {
            throw new IllegalArgumentException("vary: expected one of each of " + parameters.size()
                    + " parameters, got " + vary.size() + "; give as many");
        }
        for (int i = 0; i < parameters.size(); i++) {
            Type needed = needed(vary.get(i), parameters.get(i).type());
            if (parameters.get(i).type() != needed) {
                throw new IllegalArgumentException("parameters: expected " + needed + " for " + vary.get(i) + ", got "
                        + parameters.get(i).type() + " " + parameters.get(i).name() + "; change its vary");
            }
        }
        for (Expr output : outputs) {
            if (output.type() != Type.FLOAT) {
                throw new IllegalArgumentException(
                        "outputs: expected float, got " + output.type() + "; cast it with Expr.Cast");
            }
        }
    }

    private static Type needed(Vary vary, Type type) {
        return switch (vary) {
            case UNIFORM -> type;
            case IOTA -> Type.INT;
            case ARRAY -> Type.FLOAT;
        };
    }

    /**
     * The method's type: for each parameter {@code (float[] array, int offset)}, {@code (int start)} or its own
     * type; then for each output {@code (float[] out, int offset)}; then {@code (int count, Object[] captures)}.
     */
    public MethodTypeDesc descriptor() {
        List<ClassDesc> types = parameterTypes();
        for (int i = 0; i < outputs.size(); i++) {
            types.add(FLOATS);
            types.add(ConstantDescs.CD_int);
        }
        types.add(ConstantDescs.CD_int);
        types.add(OBJECTS);
        return MethodTypeDesc.of(ConstantDescs.CD_void, types);
    }

    private List<ClassDesc> parameterTypes() {
        List<ClassDesc> types = new ArrayList<>();
        for (int i = 0; i < parameters.size(); i++) {
            switch (vary.get(i)) {
                case UNIFORM -> types.add(parameters.get(i).type().descriptor());
                case IOTA -> types.add(ConstantDescs.CD_int);
                case ARRAY -> {
                    types.add(FLOATS);
                    types.add(ConstantDescs.CD_int);
                }
            }
        }
        return types;
    }

    /** Adds the method as a plain loop over elements: each output bit for bit what the lambda returns. */
    public void emitScalar(ClassBuilder builder) {
        ScalarRow scalar = new ScalarRow(this);
        builder.withMethodBody(name, descriptor(), STATIC, scalar::emitOutputs);
    }

    /**
     * {@link #emitScalar(ClassBuilder)} for compilers that have no arrays of objects: in the place of {@code captures} come the captured
     * arrays themselves, by ascending slot.
     *
     * @param arrays the captured arrays that the outputs read, by slot; the outputs have no captured scalars
     */
    public void emitScalar(ClassBuilder builder, SortedMap<Integer, Storage> arrays) {
        List<Integer> slots = List.copyOf(arrays.keySet());
        int first = descriptor().parameterCount() - 1;
        ScalarRow scalar = new ScalarRow(this);
        builder.withMethodBody(
                name,
                descriptor(arrays),
                STATIC,
                code -> scalar.emitOutputs(
                        code, (to, slot) -> to.aload(to.parameterSlot(first + slots.indexOf(slot)))));
    }

    /** The type of the method that {@link #emitScalar(ClassBuilder, SortedMap)} adds. */
    public MethodTypeDesc descriptor(SortedMap<Integer, Storage> arrays) {
        MethodTypeDesc type = descriptor();
        int captures = type.parameterCount() - 1;
        return type.dropParameterTypes(captures, captures + 1)
                .insertParameterTypes(
                        captures,
                        arrays.values().stream().map(Storage::descriptor).toArray(ClassDesc[]::new));
    }

    /**
     * Adds the method in its vector form, and with it one named {@code …Rest}: to be loaded only where
     * {@code jdk.incubator.vector} is. exp and tanh are within the errors that {@link VectorFunctions} states, tanh of a
     * quotient by captured and constant values within 2 ulps more, exp(−2|x|) of such a quotient x, as in the derivative of tanh, within 2 + 4|x|, and small whole powers within 2 ulps; the sign of a zero that min, max or rounding gives may differ; all else is bit for bit
     * as in the scalar form. Doubles are computed as floats only where that costs no more than a few roundings. The
     * scalar form is emitted instead where a long, a floating remainder, or a logarithm, other power, sine, cosine or
     * tangent varies, or the expression is too large.
     *
     * @param owner the class that {@code builder} builds
     */
    public void emitVector(ClassBuilder builder, ClassDesc owner) {
        VectorRow.emit(this, builder, owner);
    }

    /**
     * The type of {@link #emitScatter}'s method: parameters as in {@link #descriptor}, then
     * {@code (float[] upstream, int offset)}, then
     * {@code (int count, Object[] captures, float[][] gradients)}.
     */
    public MethodTypeDesc scatterDescriptor() {
        List<ClassDesc> types = parameterTypes();
        types.addAll(List.of(FLOATS, ConstantDescs.CD_int, ConstantDescs.CD_int, OBJECTS, FLOATS.arrayType()));
        return MethodTypeDesc.of(ConstantDescs.CD_void, types);
    }

    /**
     * Adds a method that accumulates gradients of captured arrays: for each element i in turn, for each read of a
     * captured {@code float[]} that the (only) output executes,
     * {@code gradients[slot][index] += upstream[offset + i] · ∂output/∂read}; nothing where {@code gradients[slot]}
     * is null. Sums are in order of i, so deterministic.
     */
    public void emitScatter(ClassBuilder builder) {
        if (outputs.size() != 1) {
            throw new IllegalArgumentException(
                    "outputs: expected one to differentiate, got " + outputs.size() + "; scatter one at a time");
        }
        builder.withMethodBody(name, scatterDescriptor(), STATIC, new ScalarRow(this)::emitGradients);
    }

    /** A key equal for row functions that emit the same code, whatever they capture. */
    public String structure() {
        return name + vary + Structure.of(outputs);
    }
}
