package muflex.expr;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.util.List;
import muflex.expr.RowFunction.Vary;

/** Emits a {@link RowFunction} as a loop over elements; what doesn't vary is computed before it. */
final class ScalarRow {
    private final RowFunction row;
    private final List<Expr> outputs;
    private final Placement placement;

    ScalarRow(RowFunction row) {
        this.row = row;
        // Equal nodes are made one: parameters are bound by identity.
        this.outputs = new Nodes().intern(row.outputs());
        this.placement = new Placement(outputs);
    }

    void emit(ClassBuilder builder) {
        builder.withMethodBody(
                row.name(), row.descriptor(), ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC, this::emitBody);
    }

    private void emitBody(CodeBuilder code) {
        RowSlots slots = new RowSlots(row);
        Prologue.Source captures = Prologue.Source.array(slots.captures(code));
        ScalarEmitter emitter = new ScalarEmitter(code, placement, Prologue.arrays(code, placement.order(), captures));
        Prologue.scalars(code, placement.order(), captures, emitter);
        NodeMap<Boolean> varies = slots.varying(placement.order());
        bindUniform(code, slots, emitter, varies);
        int i = code.allocateLocal(TypeKind.INT);
        code.iconst_0().istore(i);
        Label loop = code.newBoundLabel();
        Label end = code.newLabel();
        code.iload(i).iload(slots.count(code)).if_icmpge(end);
        bindVarying(code, slots, emitter, i);
        ScalarEmitter.Scope outer = emitter.begin(outputs);
        outputs.forEach(emitter::store);
        for (int o = 0; o < outputs.size(); o++) {
            code.aload(slots.output(code, o));
            code.iload(slots.output(code, o) + 1).iload(i).iadd();
            emitter.value(outputs.get(o));
            code.fastore();
        }
        emitter.end(outer);
        code.iinc(i, 1).goto_(loop).labelBinding(end).return_();
    }

    /** Binds uniform parameters, and computes what depends on nothing else and can't throw. */
    private void bindUniform(CodeBuilder code, RowSlots slots, ScalarEmitter emitter, NodeMap<Boolean> varies) {
        for (Expr e : placement.order()) {
            if (e instanceof Expr.Parameter p && row.vary().get(p.index()) == Vary.UNIFORM) {
                emitter.bind(p, slots.parameter(code, p.index()));
            }
        }
        emitter.begin(List.of());
        for (Expr user : placement.order()) {
            for (Expr e : user.operands()) {
                if (varies.get(user) && isHoisted(e, varies)) {
                    emitter.store(e);
                }
            }
        }
        for (Expr output : outputs) {
            if (isHoisted(output, varies)) {
                emitter.store(output);
            }
        }
    }

    private boolean isHoisted(Expr e, NodeMap<Boolean> varies) {
        return !varies.get(e) && placement.isPure(e) && !(e instanceof Expr.Constant);
    }

    private void bindVarying(CodeBuilder code, RowSlots slots, ScalarEmitter emitter, int i) {
        for (Expr e : placement.order()) {
            if (e instanceof Expr.Parameter p && row.vary().get(p.index()) != Vary.UNIFORM) {
                int slot = slots.parameter(code, p.index());
                int local;
                if (row.vary().get(p.index()) == Vary.IOTA) {
                    local = code.allocateLocal(TypeKind.INT);
                    code.iload(slot).iload(i).iadd().istore(local);
                } else {
                    local = code.allocateLocal(TypeKind.FLOAT);
                    code.aload(slot).iload(slot + 1).iload(i).iadd().faload().fstore(local);
                }
                emitter.bind(p, local);
            }
        }
    }
}
