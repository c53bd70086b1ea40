package muflex.engine.tornado;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.classfile.PseudoInstruction;
import java.lang.classfile.TypeKind;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.ExceptionCatch;
import java.lang.classfile.instruction.IncrementInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.HashMap;
import java.util.Map;

/**
 * Puts the bodies of a kernel's helpers in the place of their calls. TornadoVM's compiler inlines too, but leaves in what it inlined the
 * checks of array bounds that it drops from the kernel itself, and then fails on them; and it takes no large helper.
 */
final class JitInliner {
    private static final int DEEPEST = 16;
    private static final ClassDesc OBJECTS = ConstantDescs.CD_Object.arrayType();

    private final JitClasses classes;

    JitInliner(JitClasses classes) {
        this.classes = classes;
    }

    /**
     * Emits a call, whose arguments are on the stack, as the method's body.
     *
     * @param free the first local that nothing uses
     */
    void call(CodeBuilder code, InvokeInstruction call, int free) {
        call(code, classes.called(call), free, 0);
    }

    private void call(CodeBuilder code, MethodModel method, int base, int depth) {
        if (depth > DEEPEST) {
            throw new IllegalArgumentException("expected calls at most " + DEEPEST + " deep");
        }
        CodeAttribute body = (CodeAttribute) method.code().orElseThrow();
        // Several captured arrays are on the stack for the one array of objects.
        int captured = base + body.maxLocals();
        int arrays = classes.capturedArrays();
        MethodTypeDesc type = method.methodTypeSymbol();
        int[] slots = slots(type);
        int parameter = arrays > 0 ? type.parameterList().indexOf(OBJECTS) : -1;
        int captures = parameter < 0 ? -1 : slots[parameter];
        for (int i = slots.length - 1; i >= 0; i--) {
            if (i == parameter) {
                for (int a = arrays - 1; a >= 0; a--) {
                    code.astore(captured + a);
                }
            } else {
                code.storeLocal(TypeKind.from(type.parameterType(i)), base + slots[i]);
            }
        }
        int free = captured + arrays;
        Map<Label, Label> labels = new HashMap<>();
        Label end = code.newLabel();
        for (CodeElement element : body) {
            switch (element) {
                case LoadInstruction load
                when load.slot() == captures -> {
                    for (int a = 0; a < arrays; a++) {
                        code.aload(captured + a);
                    }
                }
                case LoadInstruction load -> code.loadLocal(load.typeKind(), base + load.slot());
                case StoreInstruction store -> code.storeLocal(store.typeKind(), base + store.slot());
                case IncrementInstruction increment -> code.iinc(base + increment.slot(), increment.constant());
                case BranchInstruction branch ->
                    code.branch(branch.opcode(), labels.computeIfAbsent(branch.target(), l -> code.newLabel()));
                case LabelTarget target ->
                    code.labelBinding(labels.computeIfAbsent(target.label(), l -> code.newLabel()));
                case ReturnInstruction ignored -> code.goto_(end);
                case InvokeInstruction inner
                when classes.inlines(inner) -> call(code, classes.called(inner), free + JitClasses.FREE, depth + 1);
                case ExceptionCatch ignored ->
                    throw new IllegalArgumentException("expected helpers that catch nothing");
                case PseudoInstruction ignored -> {}
                default -> classes.bind(code, element, free);
            }
        }
        code.labelBinding(end);
    }

    /** Where the parameters lie. */
    static int[] slots(MethodTypeDesc type) {
        int[] slots = new int[type.parameterCount()];
        for (int i = 1; i < slots.length; i++) {
            slots[i] = slots[i - 1] + TypeKind.from(type.parameterType(i - 1)).slotSize();
        }
        return slots;
    }
}
