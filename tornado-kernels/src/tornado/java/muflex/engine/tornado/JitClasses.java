package muflex.engine.tornado;

import java.lang.classfile.AccessFlags;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassElement;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.FieldModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LocalVariable;
import java.lang.classfile.instruction.NewPrimitiveArrayInstruction;
import java.lang.classfile.instruction.OperatorInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import muflex.engine.offload.JavaKernel;
import muflex.engine.tornado.JitPlace.Captures;

/**
 * A kernel's classes again, as TornadoVM's own compiler takes them: {@code Lanes} becomes a vector type of TornadoVM, {@code Mods} the
 * user's functions, and the kernel itself a task whose loop over items makes one turn, for {@code KernelContext}'s item. The
 * helpers' names stay, since a class loader of its own holds them.
 */
final class JitClasses extends KernelLoader {
    private static final String TASK = JitTask.class.getName();
    private static final ClassDesc LANES = ClassDesc.of(KERNELS + "Lanes");
    private static final ClassDesc SCRATCH = ClassDesc.of(KERNELS + "Scratch");
    private static final ClassDesc EXP_POLYNOMIAL = ClassDesc.of(KERNELS + "ExpPolynomial");
    private static final String MODS = KERNELS + "Mods";
    private static final ClassDesc MATH = ClassDesc.of("java.lang.Math");
    private static final MethodTypeDesc ON_INTS =
            MethodTypeDesc.of(ConstantDescs.CD_int, ConstantDescs.CD_int, ConstantDescs.CD_int);

    /** Slots that {@link #bind} may want beside a method's own, and one that the task keeps. */
    static final int FREE = 3;

    private final JavaKernel kernel;
    private final List<JitPlace> arguments;
    private final Captures captures;

    /** Methods that make arrays of an item's own. */
    private final Set<String> withScratch = new TreeSet<>();

    private JitClasses(JavaKernel kernel, List<JitPlace> arguments) {
        this.kernel = kernel;
        this.arguments = arguments;
        captures = arguments.stream()
                .filter(Captures.class::isInstance)
                .map(Captures.class::cast)
                .findFirst()
                .orElse(new Captures(List.of()));
    }

    /**
     * A task, one of TornadoVM's functions. It takes what the places say is passed, in order, then an array whose first
     * element counts launches, a {@code KernelContext}, whose item is the kernel's {@code first}, and the count of items.
     *
     * @param arguments of the kernel, all but the last two
     * @throws IllegalArgumentException if the method takes what TornadoVM has no parameter for
     */
    static Object task(JavaKernel kernel, List<JitPlace> arguments) {
        try {
            JitClasses classes = new JitClasses(kernel, arguments);
            classes.requireOwnArrays(method(kernel));
            classes.initialize(kernel.owner().getName(), new HashSet<>());
            return classes.loadClass(TASK).getConstructor().newInstance();
        } catch (ReflectiveOperationException | LinkageError e) {
            throw new IllegalArgumentException("kernel " + kernel.method() + ": " + e, e);
        }
    }

    /** TornadoVM's compiler takes a call into a class that is not initialised as one that leaves compiled code. */
    private void initialize(String name, Set<String> known) throws ClassNotFoundException {
        // Lanes' own methods are not bound: nothing calls them here.
        if (!name.startsWith(KERNELS) || name.equals(KERNELS + "Lanes") || !known.add(name)) {
            return;
        }
        Class.forName(name, true, this);
        for (PoolEntry entry : read(name).constantPool()) {
            if (entry instanceof ClassEntry used) {
                initialize(used.asInternalName().replace('/', '.'), known);
            }
        }
    }

    int lanes() {
        return kernel.lanes();
    }

    int capturedArrays() {
        return captures.arrays().size();
    }

    /**
     * Whether the kernel itself makes arrays, so that its scalars must be constants: TornadoVM makes arrays of a work item only of a
     * size that is one.
     *
     * @throws IllegalArgumentException if there is no such method
     */
    static boolean hasOwnArrays(JavaKernel kernel) {
        try {
            return method(kernel)
                    .code()
                    .orElseThrow()
                    .elementStream()
                    .anyMatch(e -> e instanceof NewPrimitiveArrayInstruction
                            || e instanceof InvokeInstruction call && isScratch(call));
        } catch (ClassNotFoundException e) {
            throw new IllegalArgumentException("kernel " + kernel.method() + ": " + e, e);
        }
    }

    private static MethodModel method(JavaKernel kernel) throws ClassNotFoundException {
        return read(kernel.owner().getName()).methods().stream()
                .filter(m -> m.methodName().equalsString(kernel.method()))
                .findFirst()
                .orElseThrow(() -> new ClassNotFoundException(kernel.toString()));
    }

    /** Whether a call is of a kernel's helper or the user's function. */
    boolean inlines(InvokeInstruction call) {
        return owner(call).startsWith(KERNELS)
                && !call.owner().asSymbol().equals(LANES)
                && !isScratch(call)
                && !isExp(call);
    }

    private static boolean isExp(InvokeInstruction call) {
        return call.owner().asSymbol().equals(EXP_POLYNOMIAL) && call.name().equalsString("exp");
    }

    private static boolean isScratch(InvokeInstruction call) {
        return call.owner().asSymbol().equals(SCRATCH);
    }

    private static String owner(InvokeInstruction call) {
        return call.owner().asInternalName().replace('/', '.');
    }

    /** The method that is called. */
    MethodModel called(InvokeInstruction call) {
        try {
            boolean mods = owner(call).equals(MODS);
            ClassModel from = mods ? ClassFile.of().parse(bytesOf(MODS)) : read(owner(call));
            MethodModel method = from.methods().stream()
                    .filter(m -> m.methodName().equals(call.name())
                            && (mods || m.methodType().equals(call.type())))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(
                            owner(call) + "." + call.name() + " is not written for TornadoVM's compiler"));
            requireOwnArrays(method);
            return method;
        } catch (ClassNotFoundException e) {
            throw new IllegalArgumentException("no method " + call, e);
        }
    }

    /** Each call of Scratch makes an array here: what one method puts into its array, another would not find in its own. */
    private void requireOwnArrays(MethodModel method) {
        if (usesScratch(method) && withScratch.add(method.methodName().stringValue()) && withScratch.size() > 1) {
            throw new IllegalArgumentException("expected arrays of an item in one method, got them in " + withScratch);
        }
    }

    private static boolean usesScratch(MethodModel method) {
        return method.code().stream()
                .flatMap(CodeModel::elementStream)
                .anyMatch(e -> e instanceof InvokeInstruction call && isScratch(call));
    }

    @Override
    boolean makes(String name) {
        return name.equals(TASK) || super.makes(name);
    }

    @Override
    byte[] bytesOf(String name) throws ClassNotFoundException {
        return switch (name) {
            case MODS -> JitMods.of(kernel.mods(), captures);
            default -> name.equals(TASK) ? new JitTaskClass(this, method(kernel), arguments).bytes() : bind(read(name));
        };
    }

    private byte[] bind(ClassModel original) {
        return ClassFile.of(ClassFile.StackMapsOption.GENERATE_STACK_MAPS).transformClass(original, this::bind);
    }

    /** Fields become public: the task, of another class, reads them. */
    private void bind(ClassBuilder to, ClassElement element) {
        if (element instanceof FieldModel field) {
            int flags = field.flags().flagsMask() & ~ClassFile.ACC_PRIVATE | ClassFile.ACC_PUBLIC;
            to.withField(
                    field.fieldName(),
                    field.fieldType(),
                    f -> field.forEach(e -> {
                        if (e instanceof AccessFlags) {
                            f.withFlags(flags);
                        } else {
                            f.with(e);
                        }
                    }));
            return;
        }
        if (!(element instanceof MethodModel from)) {
            to.with(element);
            return;
        }
        if (from.methodName().equalsString(kernel.method())) {
            return; // the task has it
        }
        int flags = from.flags().flagsMask();
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

    /** @param free the first of {@link #FREE} slots that the code does not use */
    void bind(CodeBuilder to, CodeElement element, int free) {
        switch (element) {
            case InvokeInstruction call
            when call.owner().asSymbol().equals(LANES) && call.name().equalsString("length") ->
                to.loadConstant(lanes());
            case InvokeInstruction call
            when call.owner().asSymbol().equals(LANES) ->
                to.invokestatic(JitTaskClass.NAME, call.name().stringValue(), bind(call.typeSymbol()));
            case InvokeInstruction call
            when isExp(call) ->
                // It makes a float of bits, on which TornadoVM's compiler fails.
                to.invokestatic(LanesClass.TORNADO_MATH, "exp", call.typeSymbol());
            case InvokeInstruction call
            when isScratch(call) ->
                // (slot, size): an array of the item's own, whose contents are undefined, as promised.
                to.newarray(TypeKind.FLOAT).swap().pop();
            case InvokeInstruction call
            when call.owner().asSymbol().equals(MATH) && call.name().equalsString("fma") -> fma(to, free);
            case InvokeInstruction call
            when call.owner().asSymbol().equals(MATH)
                    && call.name().equalsString("abs")
                    && call.typeSymbol().returnType().equals(ConstantDescs.CD_int) ->
                // TornadoVM's compiler has it for floats alone.
                to.dup().ineg().invokestatic(MATH, "max", ON_INTS);
            case InvokeInstruction call ->
                to.invoke(
                        call.opcode(),
                        call.owner().asSymbol(),
                        call.name().stringValue(),
                        bind(call.typeSymbol()),
                        call.isInterface());
            case OperatorInstruction shift
            when shift.opcode() == Opcode.IUSHR ->
                // TornadoVM writes it as a shift of an int, which copies the sign.
                to.istore(free)
                        .i2l()
                        .loadConstant(0xFFFFFFFFL)
                        .land()
                        .iload(free)
                        .bipush(31)
                        .iand()
                        .lushr()
                        .l2i();
            case LocalVariable v ->
                to.localVariable(v.slot(), v.name().stringValue(), bind(v.typeSymbol()), v.startScope(), v.endScope());
            default -> to.with(element);
        }
    }

    /**
     * {@code Math.fma}, on which TornadoVM's compiler fails. A product and a sum, where it fuses these; else in doubles, whose product
     * of floats is exact: rounded apart, δ of attention's backward pass would not be the dP of a query with one key, and the
     * gradient of 0 would be rounding.
     */
    private static void fma(CodeBuilder to, int free) {
        if (TornadoVm.fuses()) {
            to.fstore(free).fmul().fload(free).fadd();
        } else {
            to.fstore(free)
                    .fstore(free + 1)
                    .f2d()
                    .fload(free + 1)
                    .f2d()
                    .dmul()
                    .fload(free)
                    .f2d()
                    .dadd()
                    .d2f();
        }
    }

    private MethodTypeDesc bind(MethodTypeDesc type) {
        return MethodTypeDesc.of(
                bind(type.returnType()),
                type.parameterList().stream().map(this::bind).toList());
    }

    private ClassDesc bind(ClassDesc type) {
        return type.equals(LANES) ? LanesClass.vector(lanes()) : type;
    }
}
