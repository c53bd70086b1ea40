package muflex.expr;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.util.ArrayList;
import java.util.List;
import muflex.expr.Derivative.ReadDerivative;

/** The scalar forms of a {@link RowFunction}: its outputs, and the gradients of what it reads. */
final class ScalarRow {
    private final RowFunction row;

    ScalarRow(RowFunction row) {
        this.row = row;
    }

    /** {@code out[offset + i] = output} for each output. */
    void emitOutputs(CodeBuilder code) {
        emitOutputs(code, Prologue.Source.array(new RowSlots(row).captures(code)));
    }

    void emitOutputs(CodeBuilder code, Prologue.Source captures) {
        // Parameters are bound by identity: equal nodes must be one.
        List<Expr> outputs = new Nodes().intern(row.outputs());
        new RowLoop(row, outputs, code, captures).emit((emitter, slots, i) -> {
            ScalarEmitter.Scope outer = emitter.begin(outputs);
            // All outputs before any is stored: an output's array may be a parameter's.
            outputs.forEach(emitter::store);
            for (int o = 0; o < outputs.size(); o++) {
                int array = slots.output(code, o);
                code.aload(array).iload(array + 1).iload(i).iadd();
                emitter.value(outputs.get(o));
                code.fastore();
            }
            emitter.end(outer);
        });
    }

    /** Of each read of a captured {@code float[]} when it is active, itself, and the derivative with respect to it. */
    static List<Expr> derivatives(RowFunction row) {
        List<Expr> roots = new ArrayList<>();
        for (ReadDerivative d : Derivative.withRespectToReads(row.outputs().getFirst())) {
            roots.addAll(List.of(d.active(), d.read(), d.partial()));
        }
        return roots;
    }

    /** {@code if (active) gradients[slot][index] += upstream[offset + i] · partial} for each read. */
    void emitGradients(CodeBuilder code) {
        List<Expr> own = new Nodes().intern(derivatives(row));
        Prologue.Source captures = Prologue.Source.array(new RowSlots(row).captures(code));
        new RowLoop(row, own, code, captures).emit((emitter, slots, i) -> {
            for (int d = 0; d < own.size(); d += 3) {
                Expr.Read read = (Expr.Read) own.get(d + 1);
                int gradient = code.allocateLocal(TypeKind.REFERENCE);
                Label skip = code.newLabel();
                ScalarEmitter.Scope outer = emitter.begin(List.of());
                code.aload(slots.captures(code) + 1)
                        .loadConstant(read.slot())
                        .aaload()
                        .astore(gradient);
                code.aload(gradient).ifnull(skip);
                emitter.branch(own.get(d), false, skip);
                ScalarEmitter.Scope active = emitter.begin(List.of(read.index(), own.get(d + 2)));
                int upstream = slots.output(code, 0);
                code.aload(gradient);
                emitter.value(read.index());
                code.dup2().faload();
                code.aload(upstream).iload(upstream + 1).iload(i).iadd().faload();
                emitter.value(own.get(d + 2));
                code.fmul().fadd().fastore();
                emitter.end(active);
                code.labelBinding(skip);
                emitter.end(outer);
            }
        });
    }
}
