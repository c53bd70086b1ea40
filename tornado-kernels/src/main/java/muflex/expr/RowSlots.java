package muflex.expr;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.TypeKind;
import java.lang.constant.MethodTypeDesc;
import java.util.List;
import muflex.expr.RowFunction.Vary;

/** Where the arguments of a {@link RowFunction}'s method are, and what varies along the row. */
final class RowSlots {
    private final RowFunction row;

    RowSlots(RowFunction row) {
        this.row = row;
    }

    boolean isUniform(Expr.Parameter p) {
        return row.vary().get(p.index()) == Vary.UNIFORM;
    }

    /** The local of parameter {@code index}: an array's offset is in the next one. */
    int parameter(CodeBuilder code, int index) {
        return code.parameterSlot(argument(index));
    }

    /** The local of output {@code index}'s array; its offset is in the next one. */
    int output(CodeBuilder code, int index) {
        return code.parameterSlot(argument(row.parameters().size()) + 2 * index);
    }

    int count(CodeBuilder code) {
        return code.parameterSlot(
                argument(row.parameters().size()) + 2 * row.outputs().size());
    }

    int captures(CodeBuilder code) {
        return code.parameterSlot(
                argument(row.parameters().size()) + 2 * row.outputs().size() + 1);
    }

    /** Pushes all arguments of the row's method, as they are now. */
    void loadArguments(CodeBuilder code) {
        MethodTypeDesc type = row.descriptor();
        for (int p = 0; p < type.parameterCount(); p++) {
            code.loadLocal(TypeKind.from(type.parameterType(p)), code.parameterSlot(p));
        }
    }

    private int argument(int parameter) {
        int arrays = 0;
        for (int i = 0; i < parameter; i++) {
            arrays += row.vary().get(i) == Vary.ARRAY ? 1 : 0;
        }
        return parameter + arrays;
    }

    /** Whether each node of {@code order} (operands first) varies along the row. */
    NodeMap<Boolean> varying(List<Expr> order) {
        return Dag.depending(order, e -> e instanceof Expr.Parameter p && !isUniform(p));
    }
}
