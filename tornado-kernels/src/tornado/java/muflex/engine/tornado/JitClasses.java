package muflex.engine.tornado;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassElement;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.classfile.TypeKind;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.classfile.instruction.IncrementInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.LocalVariable;
import java.lang.classfile.instruction.StoreInstruction;
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
import muflex.engine.offload.JavaKernel;

/**
 * A kernel's classes again, as TornadoVM's own compiler takes them: {@code Lanes} becomes a vector type of TornadoVM, {@code Mods} the
 * user's functions, and the kernel itself a task whose loop over items makes one turn, for {@code KernelContext}'s item. The
 * helpers' names stay, since a class loader of its own holds them.
 */
final class JitClasses extends ClassLoader {
    private static final String KERNELS = "muflex.kernels.";
    private static final String TASK = JitTask.class.getName();
    private static final ClassDesc TASK_CLASS = ClassDesc.of(TASK);
    private static final ClassDesc LANES = ClassDesc.of(KERNELS + "Lanes");
    private static final String MODS = KERNELS + "Mods";
    private static final ClassDesc MATH = ClassDesc.of("java.lang.Math");
    private static final ClassDesc CONTEXT = ClassDesc.of("uk.ac.manchester.tornado.api.KernelContext");
    private static final String TASKS = "uk.ac.manchester.tornado.api.common.TornadoFunctions$Task";
    private static final ClassDesc CAPTURES = ConstantDescs.CD_Object.arrayType();

    /** In the place of captures. */
    private static final Object NULL = new Object();

    /** Begins the names of tasks' methods, and so of OpenCL's kernels: alone, a method's name may be that of a function of OpenCL C. */
    private static final String RUN = "muflex_";

    private final JavaKernel kernel;
    private final List<Object> fixed;
    private final int lanes;

    private JitClasses(JavaKernel kernel, List<Object> fixed, int lanes) {
        super(JitClasses.class.getClassLoader());
        this.kernel = kernel;
        this.fixed = fixed;
        this.lanes = lanes;
    }

    /** In the place of an argument: the array that argument {@code index} is too. */
    record Same(int index) {}

    /** In the place of an argument: an array. */
    record Array(long bytes) {}

    /**
     * A task, one of TornadoVM's functions. It takes the kernel's {@link Array arrays}, a {@code KernelContext}, whose item is the
     * kernel's {@code first}, and the count of items.
     *
     * @param fixed for each argument of the kernel: {@link Array}, {@link Same}, or a scalar, which becomes a constant (TornadoVM makes
     *     arrays of a work item of a size that is one, and takes 20 arguments at most)
     * @param lanes floats in a vector: 4, 8 or 16
     * @throws IllegalArgumentException if the method takes what TornadoVM has no parameter for
     */
    static Object task(JavaKernel kernel, List<Object> fixed, int lanes) {
        try {
            return new JitClasses(kernel, fixed, lanes)
                    .loadClass(TASK)
                    .getConstructor()
                    .newInstance();
        } catch (ReflectiveOperationException | LinkageError e) {
            throw new IllegalArgumentException("kernel " + kernel.method() + ": " + e, e);
        }
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        if (!name.equals(TASK) && !name.startsWith(KERNELS)) {
            return super.loadClass(name, resolve);
        }
        synchronized (getClassLoadingLock(name)) {
            Class<?> loaded = findLoadedClass(name);
            if (loaded == null) {
                byte[] bytes = bytesOf(name);
                loaded = defineClass(name, bytes, 0, bytes.length);
            }
            return loaded;
        }
    }

    private byte[] bytesOf(String name) throws ClassNotFoundException {
        return switch (name) {
            case MODS -> JitMods.of(kernel.score(), kernel.masked());
            default -> name.equals(TASK) ? task() : bind(read(name));
        };
    }

    private static ClassModel read(String name) throws ClassNotFoundException {
        try (InputStream in =
                JitClasses.class.getClassLoader().getResourceAsStream(name.replace('.', '/') + ".class")) {
            if (in == null) {
                throw new ClassNotFoundException(name);
            }
            return ClassFile.of().parse(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private byte[] bind(ClassModel original) {
        return ClassFile.of(ClassFile.StackMapsOption.GENERATE_STACK_MAPS).transformClass(original, this::bind);
    }

    /** Methods become public: the task, of another class, calls them. */
    private void bind(ClassBuilder to, ClassElement element) {
        if (!(element instanceof MethodModel from)) {
            to.with(element);
            return;
        }
        int flags = from.flags().flagsMask() & ~ClassFile.ACC_PRIVATE | ClassFile.ACC_PUBLIC;
        to.withMethod(from.methodName().stringValue(), bind(from.methodTypeSymbol()), flags, m -> {
            for (var e : from) {
                if (e instanceof CodeModel code) {
                    int free = ((CodeAttribute) code).maxLocals();
                    m.withCode(bound -> code.forEach(c -> bind(bound, c, free)));
                } else {
                    m.with(e);
                }
            }
        });
    }

    /** @param free a slot that the code does not use */
    private void bind(CodeBuilder to, CodeElement element, int free) {
        switch (element) {
            case InvokeInstruction call
            when call.owner().asSymbol().equals(LANES) && call.name().equalsString("length") -> to.loadConstant(lanes);
            case InvokeInstruction call
            when call.owner().asSymbol().equals(LANES) ->
                to.invokestatic(TASK_CLASS, call.name().stringValue(), bind(call.typeSymbol()));
            case InvokeInstruction call
            when call.owner().asSymbol().equals(MATH) && call.name().equalsString("fma") ->
                // TornadoVM's compiler fails on Math.fma.
                to.fstore(free).fmul().fload(free).fadd();
            case InvokeInstruction call ->
                to.invoke(
                        call.opcode(),
                        call.owner().asSymbol(),
                        call.name().stringValue(),
                        bind(call.typeSymbol()),
                        call.isInterface());
            case LocalVariable v ->
                to.localVariable(v.slot(), v.name().stringValue(), bind(v.typeSymbol()), v.startScope(), v.endScope());
            default -> to.with(element);
        }
    }

    private MethodTypeDesc bind(MethodTypeDesc type) {
        return MethodTypeDesc.of(
                bind(type.returnType()),
                type.parameterList().stream().map(this::bind).toList());
    }

    private ClassDesc bind(ClassDesc type) {
        return type.equals(LANES) ? LanesClass.vector(lanes) : type;
    }

    private byte[] task() throws ClassNotFoundException {
        MethodModel from = read(kernel.owner().getName()).methods().stream()
                .filter(m -> m.methodName().equalsString(kernel.method()))
                .findFirst()
                .orElseThrow(() -> new ClassNotFoundException(kernel.toString()));
        MethodTypeDesc run = runType(from.methodTypeSymbol());
        return ClassFile.of(ClassFile.StackMapsOption.GENERATE_STACK_MAPS).build(TASK_CLASS, builder -> {
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
            builder.withMethodBody(
                    RUN + kernel.method(),
                    run,
                    ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC,
                    code -> one(code, run, from));
            LanesClass.addTo(builder, lanes);
        });
    }

    /** Arrays, the context, the count of items. */
    private MethodTypeDesc runType(MethodTypeDesc type) {
        List<ClassDesc> parameters = new ArrayList<>();
        for (int i = 0; i < type.parameterCount(); i++) {
            if (fixed.get(i) instanceof Array) {
                if (!type.parameterType(i).componentType().isPrimitive()) {
                    throw new IllegalArgumentException("TornadoVM has no parameters of type "
                            + type.parameterType(i).displayName());
                }
                parameters.add(type.parameterType(i));
            }
        }
        parameters.addAll(List.of(CONTEXT, ConstantDescs.CD_int));
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
                    code.checkcast(ConstantDescs.CD_Integer)
                            .invokevirtual(ConstantDescs.CD_Integer, "intValue", MethodTypeDesc.of(type));
                } else {
                    code.checkcast(type);
                }
            }
            code.invokestatic(TASK_CLASS, RUN + kernel.method(), run).return_();
        });
    }

    /** The kernel's code, with its arguments in their places: {@code first = item} and {@code last = min(item + 1, items)}. */
    private void one(CodeBuilder code, MethodTypeDesc run, MethodModel from) {
        CodeAttribute body = (CodeAttribute) from.code().orElseThrow();
        MethodTypeDesc type = from.methodTypeSymbol();
        Label start = code.newBoundLabel();
        int[] slots = slots(type);
        range(code, run, slots[slots.length - 2], slots[slots.length - 1]);
        Map<Integer, Object> places = places(code, type, slots, body);
        for (CodeElement element : body) {
            switch (element) {
                case LoadInstruction load when places.containsKey(load.slot()) -> put(code, places.get(load.slot()));
                case LocalVariable v when v.slot() <= slots[slots.length - 1] -> {}
                default -> bind(code, element, body.maxLocals());
            }
        }
        Label end = code.newBoundLabel();
        // TornadoVM needs the names of parameters.
        for (int i = 0; i < run.parameterCount(); i++) {
            code.localVariable(code.parameterSlot(i), "p" + i, run.parameterType(i), start, end);
        }
    }

    private static int[] slots(MethodTypeDesc type) {
        int[] slots = new int[type.parameterCount()];
        for (int i = 1; i < slots.length; i++) {
            slots[i] = slots[i - 1] + TypeKind.from(type.parameterType(i - 1)).slotSize();
        }
        return slots;
    }

    private static void range(CodeBuilder code, MethodTypeDesc run, int first, int last) {
        int items = code.parameterSlot(run.parameterCount() - 1);
        // The task's parameters are as many as the kernel's or fewer: what is read here may lie where it is written.
        code.iload(items)
                .aload(code.parameterSlot(run.parameterCount() - 2))
                .getfield(CONTEXT, "globalIdx", ConstantDescs.CD_Integer)
                .invokevirtual(ConstantDescs.CD_Integer, "intValue", MethodTypeDesc.of(ConstantDescs.CD_int))
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
    private Map<Integer, Object> places(CodeBuilder code, MethodTypeDesc type, int[] slots, CodeModel body) {
        Map<Integer, Object> places = new HashMap<>();
        int arrays = 0;
        for (int i = 0; i < slots.length - 2; i++) {
            places.put(
                    slots[i],
                    switch (fixed.get(i)) {
                        case Array ignored -> new Slot(code.parameterSlot(arrays++));
                        case Same(int index) -> Objects.requireNonNull(places.get(slots[index]));
                        case Object value -> type.parameterType(i).equals(CAPTURES) ? NULL : value;
                    });
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

    /** An array's slot in the task. */
    private record Slot(int number) {}

    private static void put(CodeBuilder code, Object place) {
        switch (place) {
            case Slot(int number) -> code.aload(number);
            case ConstantDesc constant -> code.loadConstant(constant);
            default -> code.aconst_null();
        }
    }
}
