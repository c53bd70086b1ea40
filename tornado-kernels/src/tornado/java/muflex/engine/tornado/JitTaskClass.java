package muflex.engine.tornado;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.Instruction;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.IncrementInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.LocalVariable;
import java.lang.classfile.instruction.NewObjectInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.classfile.instruction.ThrowInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import muflex.engine.tornado.JitPlace.Captures;
import org.jspecify.annotations.Nullable;

/** Writes the task of a kernel: its code, with one item of its loop, in a class that is one of TornadoVM's functions. */
final class JitTaskClass {
    static final ClassDesc NAME = ClassDesc.of(JitTask.class.getName());
    private static final ClassDesc MATH = ClassDesc.of("java.lang.Math");
    private static final ClassDesc CONTEXT = ClassDesc.of("uk.ac.manchester.tornado.api.KernelContext");
    private static final String TASKS = "uk.ac.manchester.tornado.api.common.TornadoFunctions$Task";

    /** Begins the names of tasks' methods, and so of OpenCL's kernels: alone, a method's name may be that of a function of OpenCL C. */
    private static final String RUN = "muflex_";

    private final JitClasses classes;
    private final JitInliner inliner;
    private final MethodModel kernel;
    private final String method;
    private final List<JitPlace> arguments;

    /**
     * @param classes that the kernel's code is bound to
     * @param arguments of the kernel, all but the last two
     */
    JitTaskClass(JitClasses classes, MethodModel kernel, List<JitPlace> arguments) {
        this.classes = classes;
        inliner = new JitInliner(classes);
        this.kernel = kernel;
        this.arguments = arguments;
        method = RUN + kernel.methodName().stringValue();
    }

    /** The class file. */
    byte[] bytes() {
        MethodTypeDesc run = runType(kernel.methodTypeSymbol());
        return ClassFile.of(ClassFile.StackMapsOption.GENERATE_STACK_MAPS).build(NAME, builder -> {
            builder.withFlags(ClassFile.ACC_PUBLIC | ClassFile.ACC_FINAL);
            builder.withInterfaceSymbols(ClassDesc.of(TASKS + run.parameterCount()));
            apply(builder, run);
            builder.withMethodBody(
                    ConstantDescs.INIT_NAME,
                    ConstantDescs.MTD_void,
                    ClassFile.ACC_PUBLIC,
                    code -> code.aload(0)
                            .invokespecial(ConstantDescs.CD_Object, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void)
                            .return_());
            builder.withMethodBody(method, run, ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC, code -> one(code, run));
            LanesClass.addTo(builder, classes.lanes());
        });
    }

    /** What is passed, the count of launches, the context, the count of items. */
    private MethodTypeDesc runType(MethodTypeDesc type) {
        List<ClassDesc> parameters = new ArrayList<>();
        for (int i = 0; i < arguments.size(); i++) {
            ClassDesc own = type.parameterType(i);
            switch (arguments.get(i)) {
                case JitPlace.Array array
                when !own.componentType().isPrimitive() ->
                    throw new IllegalArgumentException("TornadoVM has no parameters of type " + own.displayName());
                case JitPlace.Array array -> parameters.add(own);
                case JitPlace.Passed scalar -> parameters.add(own);
                case Captures c -> c.arrays().values().forEach(storage -> parameters.add(storage.descriptor()));
                default -> {}
            }
        }
        parameters.addAll(List.of(ConstantDescs.CD_int.arrayType(), CONTEXT, ConstantDescs.CD_int));
        return MethodTypeDesc.of(ConstantDescs.CD_void, parameters);
    }

    /**
     * TornadoVM reads the first call in {@code apply} to find the kernel, and of its place in the constant pool only the low
     * byte: so this method comes first.
     */
    private void apply(ClassBuilder to, MethodTypeDesc run) {
        MethodTypeDesc erased = MethodTypeDesc.of(
                ConstantDescs.CD_void, Collections.nCopies(run.parameterCount(), ConstantDescs.CD_Object));
        to.withMethodBody("apply", erased, ClassFile.ACC_PUBLIC, code -> {
            for (int i = 0; i < run.parameterCount(); i++) {
                ClassDesc type = run.parameterType(i);
                code.aload(i + 1);
                if (type.isPrimitive()) {
                    ClassDesc box = box(TypeKind.from(type));
                    code.checkcast(box).invokevirtual(box, type.displayName() + "Value", MethodTypeDesc.of(type));
                } else {
                    code.checkcast(type);
                }
            }
            code.invokestatic(NAME, method, run).return_();
        });
    }

    private static ClassDesc box(TypeKind kind) {
        return switch (kind) {
            case BOOLEAN -> ConstantDescs.CD_Boolean;
            case FLOAT -> ConstantDescs.CD_Float;
            case DOUBLE -> ConstantDescs.CD_Double;
            case LONG -> ConstantDescs.CD_Long;
            default -> ConstantDescs.CD_Integer;
        };
    }

    /** The kernel's code, with its arguments in their places: {@code first = item} and {@code last = min(item + 1, items)}. */
    private void one(CodeBuilder code, MethodTypeDesc run) {
        CodeAttribute body = (CodeAttribute) kernel.code().orElseThrow();
        MethodTypeDesc type = kernel.methodTypeSymbol();
        Label start = code.newBoundLabel();
        int[] slots = JitInliner.slots(type);
        count(code, run, body.maxLocals() + JitClasses.FREE - 1);
        range(code, run, slots[slots.length - 2], slots[slots.length - 1]);
        Map<Integer, Object> places = places(code, slots, body);
        List<CodeElement> elements = body.elementList();
        for (int i = 0; i < elements.size(); i++) {
            Integer length = lengthAt(elements, i, slots);
            if (length != null) {
                code.loadConstant(length);
                i++;
                continue;
            }
            switch (elements.get(i)) {
                case NewObjectInstruction thrown ->
                    i = refuse(code, body.maxLocals() + JitClasses.FREE - 1, elements, i);
                case LoadInstruction load
                when places.containsKey(load.slot()) ->
                    put(code, load.typeKind(), Objects.requireNonNull(places.get(load.slot())));
                case InvokeInstruction call
                when classes.inlines(call) -> inliner.call(code, call, body.maxLocals() + JitClasses.FREE);
                case LocalVariable v when v.slot() <= slots[slots.length - 1] -> {}
                case CodeElement element -> classes.bind(code, element, body.maxLocals());
            }
        }
        Label end = code.newBoundLabel();
        // TornadoVM needs the names of parameters.
        for (int i = 0; i < run.parameterCount(); i++) {
            code.localVariable(code.parameterSlot(i), "p" + i, run.parameterType(i), start, end);
        }
    }

    /**
     * A device can't throw: in place of the code from {@code new} to {@code throw} stands a mark in the counts, see
     * {@link LaunchCounter}, and the item ends there.
     *
     * @param from the index of {@code new}
     * @return that of {@code throw}, the last that is left out
     */
    private static int refuse(CodeBuilder code, int counts, List<CodeElement> elements, int from) {
        int index = from;
        while (!(elements.get(index) instanceof ThrowInstruction)) {
            switch (elements.get(index++)) {
                case LabelTarget label -> code.with(label);
                case BranchInstruction branch ->
                    throw new IllegalArgumentException("expected exceptions whose text is one expression");
                default -> {}
            }
        }
        raise(code, counts, LaunchCounter.REFUSALS);
        code.return_();
        return index;
    }

    /** The length of an array, where code asks for that of an argument; else null. TornadoVM does not know it. */
    private @Nullable Integer lengthAt(List<CodeElement> elements, int index, int[] slots) {
        if (!(elements.get(index) instanceof LoadInstruction load)
                || index + 1 == elements.size()
                || !(elements.get(index + 1) instanceof Instruction next)
                || next.opcode() != Opcode.ARRAYLENGTH) {
            return null;
        }
        for (int i = 0; i < arguments.size(); i++) {
            if (slots[i] == load.slot()) {
                return lengthOf(arguments.get(i));
            }
        }
        return null;
    }

    private @Nullable Integer lengthOf(JitPlace place) {
        return switch (place) {
            case JitPlace.Array(int length) -> length;
            case JitPlace.Same(int index) -> lengthOf(arguments.get(index));
            default -> null;
        };
    }

    /** The first item of all counts the launch, see {@link LaunchCounter}. */
    private static void count(CodeBuilder code, MethodTypeDesc run, int counts) {
        Label counted = code.newLabel();
        // The parameter's slot may become one of the kernel's.
        code.aload(code.parameterSlot(run.parameterCount() - 3)).astore(counts);
        item(code, run).ifne(counted);
        raise(code, counts, LaunchCounter.LAUNCHES);
        code.labelBinding(counted);
    }

    private static void raise(CodeBuilder code, int counts, int index) {
        code.aload(counts)
                .loadConstant(index)
                .aload(counts)
                .loadConstant(index)
                .iaload()
                .iconst_1()
                .iadd()
                .iastore();
    }

    private static CodeBuilder item(CodeBuilder code, MethodTypeDesc run) {
        return code.aload(code.parameterSlot(run.parameterCount() - 2))
                .getfield(CONTEXT, "globalIdx", ConstantDescs.CD_Integer)
                .invokevirtual(ConstantDescs.CD_Integer, "intValue", MethodTypeDesc.of(ConstantDescs.CD_int));
    }

    private static void range(CodeBuilder code, MethodTypeDesc run, int first, int last) {
        int items = code.parameterSlot(run.parameterCount() - 1);
        // What is read here may lie where it is written: the kernel's own slots begin where the last of these are.
        code.iload(items);
        item(code, run)
                .dup()
                .istore(first)
                .iconst_1()
                .iadd()
                .invokestatic(
                        MATH,
                        "min",
                        MethodTypeDesc.of(ConstantDescs.CD_int, ConstantDescs.CD_int, ConstantDescs.CD_int))
                .istore(last);
    }

    /** What a parameter of the kernel is, by its slot; what the kernel changes is put there instead. */
    private Map<Integer, Object> places(CodeBuilder code, int[] slots, CodeModel body) {
        Map<Integer, Object> places = new HashMap<>();
        int passed = 0;
        for (int i = 0; i < arguments.size(); i++) {
            Object place = switch (arguments.get(i)) {
                case JitPlace.Array array -> new Slots(List.of(code.parameterSlot(passed++)));
                case JitPlace.Passed scalar -> new Slots(List.of(code.parameterSlot(passed++)));
                case JitPlace.Same(int index) -> Objects.requireNonNull(places.get(slots[index]));
                case JitPlace.Constant(Object value) -> value;
                case JitPlace.CapturedArray array ->
                    throw new IllegalStateException("expected arguments, got " + array);
                case Captures c -> {
                    List<Integer> own = new ArrayList<>();
                    for (int a = 0; a < c.arrays().size(); a++) {
                        own.add(code.parameterSlot(passed++));
                    }
                    yield new Slots(own);
                }
            };
            places.put(slots[i], place);
        }
        for (CodeElement element : body) {
            switch (element) {
                case StoreInstruction store -> requireKept(places, store.slot());
                case IncrementInstruction increment -> requireKept(places, increment.slot());
                default -> {}
            }
        }
        return places;
    }

    private static void requireKept(Map<Integer, Object> places, int slot) {
        if (places.containsKey(slot)) {
            throw new IllegalArgumentException("expected parameters that the kernel does not assign");
        }
    }

    /** The task's own slots that take the place of one of the kernel's. */
    private record Slots(List<Integer> numbers) {}

    private static void put(CodeBuilder code, TypeKind type, Object place) {
        switch (place) {
            case Slots(List<Integer> numbers) when numbers.isEmpty() -> code.aconst_null();
            case Slots(List<Integer> numbers) -> numbers.forEach(number -> code.loadLocal(type, number));
            case Boolean truth -> code.loadConstant(truth ? 1 : 0);
            case ConstantDesc constant -> code.loadConstant(constant);
            default -> throw new IllegalArgumentException("expected a scalar, got " + place);
        }
    }
}
