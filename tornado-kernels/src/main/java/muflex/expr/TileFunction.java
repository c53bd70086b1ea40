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

    /** Adds the method with plain loops, and one named {@code …Row}; results as of {@link RowFunction#emitScalar}. */
    public void emitScalar(ClassBuilder builder, ClassDesc owner) {
        RowFunction each = new RowFunction(row.name() + "Row", row.parameters(), row.vary(), row.outputs());
        each.emitScalar(builder);
        builder.withMethodBody(row.name(), descriptor(), STATIC, code -> {
            Label end = code.newLabel();
            Label loop = startRows(code, end);
            new RowSlots(row).loadArguments(code);
            code.invokestatic(owner, each.name(), each.descriptor());
            nextRow(code, loop);
            code.labelBinding(end).return_();
        });
    }

    /**
     * Adds the method in its vector form, and one named {@code …Rest}, or else the scalar form, as
     * {@link RowFunction#emitVector} does.
     *
     * @param owner the class that {@code builder} builds
     */
    public void emitVector(ClassBuilder builder, ClassDesc owner) {
        VectorRow.emit(this, builder, owner);
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
