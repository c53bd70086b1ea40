package muflex.engine.jvm;

import java.lang.classfile.ClassFile;
import java.lang.constant.ClassDesc;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.AccessFlag;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import muflex.expr.RowFunction;
import muflex.kernels.ElementKernels;

/** The kernels of one device, to be made steps of programs; and the elementwise functions it has compiled. */
final class Kernels {

    /** Elements that are worth handing to another thread. */
    private static final int WORTHWHILE = 16384;

    private static final String GENERATED = "muflex.kernels.GeneratedMap";

    private final KernelLoader loader;
    private final Workers workers;
    private final boolean vectors;
    private final Map<String, MethodHandle> rows = new ConcurrentHashMap<>();

    /** @param vectors whether the Vector API is there for generated code */
    Kernels(KernelLoader loader, Workers workers, boolean vectors) {
        this.loader = loader;
        this.workers = workers;
        this.vectors = vectors;
    }

    Workers workers() {
        return workers;
    }

    /**
     * {@code kernel.method(arguments…, first, last)} over {@code items}.
     *
     * @param size elements in one item, from which it follows how many items a worker takes at a time
     */
    Step step(Class<?> kernel, String method, int items, long size, Object... arguments) {
        MethodHandle bound = MethodHandles.insertArguments(loader.find(kernel, method), 0, arguments);
        return new KernelStep(workers, bound, items, (int) Math.max(1, WORTHWHILE / size));
    }

    /** Lanes in a vector of this device. */
    int lanes() {
        return constant(ElementKernels.class, "lanes");
    }

    /** {@code kernel.method()}, a constant of this device. */
    int constant(Class<?> kernel, String method) {
        try {
            return (int) loader.find(kernel, method).invokeExact();
        } catch (Throwable e) {
            throw new IllegalStateException("kernel " + kernel.getName() + "." + method, e);
        }
    }

    /** The code of a row function, made once for all functions of its structure. */
    MethodHandle row(RowFunction row) {
        return rows.computeIfAbsent(row.structure(), structure -> compile(row));
    }

    private MethodHandle compile(RowFunction row) {
        ClassDesc name = ClassDesc.of(GENERATED);
        byte[] bytes = ClassFile.of().build(name, builder -> {
            builder.withFlags(AccessFlag.PUBLIC, AccessFlag.FINAL);
            if (vectors) {
                row.emitVector(builder, name);
            } else {
                row.emitScalar(builder);
            }
        });
        KernelLoader own = loader.with(Map.of(GENERATED, bytes), Set.of());
        try {
            Class<?> generated = Class.forName(GENERATED, true, own);
            return MethodHandles.publicLookup()
                    .findStatic(
                            generated,
                            row.name(),
                            MethodType.fromMethodDescriptorString(
                                    row.descriptor().descriptorString(), own));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("a generated map can't be loaded", e);
        }
    }
}
