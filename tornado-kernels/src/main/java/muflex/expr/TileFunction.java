package muflex.expr;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import muflex.expr.RowFunction.Vary;

/**
 * A {@link RowFunction} over the rows of a tile, emitted as one method, so that captured values are taken out and what is
 * the same for all rows is computed once a tile: a call for each row of 64 scores costs as much as a simple score mod. In row
 * r the parameter {@code next} is its argument + r, and arrays are read and written from {@code offset + r · stride}.
 *
 * @param row what is done in a row; its name is the method's
 * @param next the index of a parameter that is {@link Vary#UNIFORM} along the row, an int
 */
public record TileFunction(RowFunction row, int next) {

    private static final int STATIC = ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC;

    public TileFunction {
        if (row.vary().get(next) != Vary.UNIFORM || row.parameters().get(next).type() != Type.INT) {
            throw new IllegalArgumentException("next: expected an int that is UNIFORM along the row, got "
                    + row.vary().get(next) + " " + row.parameters().get(next).type() + "; change its vary");
        }
    }

    /** The method's type: that of the row's, then {@code (int rows, int stride)}. */
    public MethodTypeDesc descriptor() {
        MethodTypeDesc type = row.descriptor();
        return type.insertParameterTypes(type.parameterCount(), Type.INT.descriptor(), Type.INT.descriptor());
    }

    /** The type of {@link #emitScatter}'s method: {@link #descriptor}, the output's array upstream, then {@code float[][] gradients}. */
    public MethodTypeDesc scatterDescriptor() {
        MethodTypeDesc type = descriptor();
        return type.insertParameterTypes(type.parameterCount(), RowFunction.FLOATS.arrayType());
    }

    /** Adds the method with plain loops, and one named {@code …Row}; results as of {@link RowFunction#emitScalar}. */
    public void emitScalar(ClassBuilder builder, ClassDesc owner) {
        RowFunction each = each();
        each.emitScalar(builder);
        builder.withMethodBody(
                row.name(),
                descriptor(),
                STATIC,
                code -> eachRow(code, () -> {
                    new RowSlots(row).loadArguments(code);
                    code.invokestatic(owner, each.name(), each.descriptor());
                }));
    }

    /** Adds a method that accumulates gradients of captured arrays over the rows, as {@link RowFunction#emitScatter} does in one. */
    public void emitScatter(ClassBuilder builder, ClassDesc owner) {
        RowFunction each = each();
        each.emitScatter(builder);
        int gradients = scatterDescriptor().parameterCount() - 1;
        builder.withMethodBody(
                row.name(),
                scatterDescriptor(),
                STATIC,
                code -> eachRow(code, () -> {
                    new RowSlots(row).loadArguments(code);
                    code.aload(code.parameterSlot(gradients))
                            .invokestatic(owner, each.name(), each.scatterDescriptor());
                }));
    }

    private RowFunction each() {
        return new RowFunction(row.name() + "Row", row.parameters(), row.vary(), row.outputs());
    }

    private void eachRow(CodeBuilder code, Runnable body) {
        Label end = code.newLabel();
        Label loop = startRows(code, end);
        body.run();
        nextRow(code, loop);
        code.labelBinding(end).return_();
    }

    /**
     * Adds the method in its vector form, and one named {@code …Rest}, or else the scalar form, as
     * {@link RowFunction#emitVector} does.
     *
     * @param owner the class that {@code builder} builds
     */
    public void emitVector(ClassBuilder builder, ClassDesc owner) {
        VectorRow.emit(this, false, builder, owner);
    }

    /**
     * {@link #emitScatter} in the vector form, or else the scalar form. Sums are in one order, but not that of the scalar form:
     * of a vector's elements with one index the sum is added, and all reads of a vector come before the next.
     */
    public void emitVectorScatter(ClassBuilder builder, ClassDesc owner) {
        VectorRow.emit(this, true, builder, owner);
    }

    /** Begins the loop over rows; jumps to {@code end} when none is left. */
    Label startRows(CodeBuilder code, Label end) {
        Label loop = code.newBoundLabel();
        code.iload(rows(code)).ifle(end);
        return loop;
    }

    /** Moves the arguments on by a row, and goes back to {@code loop}. */
    void nextRow(CodeBuilder code, Label loop) {
        RowSlots slots = new RowSlots(row);
        for (int p = 0; p < row.parameters().size(); p++) {
            if (row.vary().get(p) == Vary.ARRAY) {
                advance(code, slots.parameter(code, p) + 1);
            }
        }
        for (int o = 0; o < row.outputs().size(); o++) {
            advance(code, slots.output(code, o) + 1);
        }
        code.iinc(slots.parameter(code, next), 1).iinc(rows(code), -1).goto_(loop);
    }

    private void advance(CodeBuilder code, int offset) {
        code.iload(offset).iload(rows(code) + 1).iadd().istore(offset);
    }

    private int rows(CodeBuilder code) {
        return code.parameterSlot(row.descriptor().parameterCount());
    }
}
