package muflex.expr;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.Instruction;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.classfile.PseudoInstruction;
import java.lang.classfile.TypeKind;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.IncrementInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Puts the bodies of {@link VectorMath}'s methods and its sisters' where they are called. C2 inlines the Vector API's own
 * methods whatever it costs, but not ours: where its limits strike within a loop, the loop's vectors become objects, and
 * it is ten times slower. Emitted code therefore calls nothing but the Vector API.
 */
final class VectorHelpers {
    private static final String PACKAGE = VectorHelpers.class.getPackageName();
    private static final ClassDesc WIDE = ClassDesc.of(PACKAGE, "WideLanes");
    private static final Map<String, CodeModel> BODIES =
            bodies("VectorMath", "VectorInts", "VectorDoubles", "VectorFunctions", "VectorMemory");

    private VectorHelpers() {}

    /** By name and descriptor. */
    private static Map<String, CodeModel> bodies(String... classes) {
        Map<String, CodeModel> bodies = new HashMap<>();
        for (String name : classes) {
            for (MethodModel method : model(name).methods()) {
                String key =
                        method.methodName().stringValue() + method.methodType().stringValue();
                method.code().ifPresent(code -> bodies.put(key, code));
            }
        }
        return Map.copyOf(bodies);
    }

    private static ClassModel model(String name) {
        try (InputStream in = VectorHelpers.class.getResourceAsStream(name + ".class")) {
            if (in == null) {
                throw new IllegalStateException("the class file of " + name + " is missing");
            }
            return ClassFile.of().parse(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Emits a method, its arguments on the stack; {@code wide} for rows with doubles. */
    static void emit(CodeBuilder code, boolean wide, String name, MethodTypeDesc type) {
        CodeModel body = BODIES.get(name + type.descriptorString());
        if (body == null) {
            throw new IllegalStateException("no method " + name + type.displayDescriptor());
        }
        code.block(block -> new Copy(block, wide, type).copy(body.elementList()));
    }

    /** One body on its way into another method. */
    private static final class Copy {
        private final CodeBuilder code;
        private final boolean wide;
        private final Map<Integer, Integer> locals = new HashMap<>();
        private final Map<Label, Label> labels = new HashMap<>();
        private final Label end;

        Copy(CodeBuilder code, boolean wide, MethodTypeDesc type) {
            this.code = code;
            this.wide = wide;
            this.end = code.newLabel();
            int slot = type.parameterList().stream()
                    .mapToInt(p -> TypeKind.from(p).slotSize())
                    .sum();
            for (ClassDesc parameter : type.parameterList().reversed()) {
                TypeKind kind = TypeKind.from(parameter);
                slot -= kind.slotSize();
                code.storeLocal(kind, local(slot, kind));
            }
        }

        private int local(int slot, TypeKind kind) {
            return locals.computeIfAbsent(slot, _ -> code.allocateLocal(kind));
        }

        private static boolean isOurs(ClassEntry owner) {
            return owner.asSymbol().packageName().equals(PACKAGE);
        }

        private Label label(Label label) {
            return labels.computeIfAbsent(label, _ -> code.newLabel());
        }

        void copy(List<CodeElement> elements) {
            int left = (int)
                    elements.stream().filter(Instruction.class::isInstance).count();
            for (CodeElement element : elements) {
                left -= element instanceof Instruction ? 1 : 0;
                switch (element) {
                    case LoadInstruction l -> code.loadLocal(l.typeKind(), local(l.slot(), l.typeKind()));
                    case StoreInstruction s -> code.storeLocal(s.typeKind(), local(s.slot(), s.typeKind()));
                    case IncrementInstruction i -> code.iinc(local(i.slot(), TypeKind.INT), i.constant());
                    case LabelTarget l -> code.labelBinding(label(l.label()));
                    case BranchInstruction b -> code.branch(b.opcode(), label(b.target()));
                    case ReturnInstruction _ -> {
                        if (left > 0) {
                            code.goto_(end);
                        }
                    }
                    case InvokeInstruction i
                    when isOurs(i.owner()) -> emit(code, wide, i.name().stringValue(), i.typeSymbol());
                    case FieldInstruction f
                    when wide && isOurs(f.owner()) ->
                        code.getstatic(WIDE, f.name().stringValue(), f.typeSymbol());
                    case PseudoInstruction _ -> {}
                    case Instruction i -> code.with(i);
                    default -> {}
                }
            }
            code.labelBinding(end);
        }
    }
}
