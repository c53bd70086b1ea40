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
import muflex.engine.lowering.AttentionMods;
import muflex.engine.lowering.Machine;
import muflex.expr.RowFunction;
import muflex.kernels.AttentionBackward;
import muflex.kernels.AttentionDecode;
import muflex.kernels.AttentionForward;
import muflex.kernels.AttentionMaxima;
import muflex.kernels.ElementKernels;
import muflex.kernels.MatMulKernels;
import muflex.kernels.ModTiles;
import muflex.kernels.Mods;
import muflex.kernels.StickBackward;
import muflex.kernels.StickForward;
import org.jspecify.annotations.Nullable;

/** The kernels of one device, by the structure of the mods in them; and the elementwise functions it has compiled. */
final class Kernels {

    /** Elements that are worth handing to another thread. */
    private static final int WORTHWHILE = 16384;

    /** The kernels that call {@link Mods}. */
    private static final Set<String> CALLERS = Set.of(
            AttentionForward.class.getName(),
            AttentionDecode.class.getName(),
            AttentionBackward.class.getName(),
            AttentionMaxima.class.getName(),
            StickForward.class.getName(),
            StickBackward.class.getName(),
            ModTiles.class.getName());

    private static final String GENERATED = "muflex.kernels.GeneratedMap";

    private final KernelLoader loader;
    private final Workers workers;
    private final boolean vectors;
    private final Map<String, MethodHandle> rows = new ConcurrentHashMap<>();
    private final Map<String, KernelLoader> modified = new ConcurrentHashMap<>();

    /** @param vectors whether the Vector API is there for generated code */
    Kernels(KernelLoader loader, Workers workers, boolean vectors) {
        this.loader = loader;
        this.workers = workers;
        this.vectors = vectors;
    }

    Workers workers() {
        return workers;
    }

    /** What lowering must know of this device. */
    Machine machine() {
        return new Machine(
                Machine.Family.TILES,
                constant(ElementKernels.class, "lanes"),
                constant(MatMulKernels.class, "width"),
                workers.threads());
    }

    /** {@code kernel.method}, with {@code mods} in it if it calls mods. */
    MethodHandle find(Class<?> kernel, String method, @Nullable AttentionMods mods) {
        KernelLoader own = mods == null || mods.none()
                ? loader
                : modified.computeIfAbsent(mods.structure(), structure -> modified(mods));
        return own.find(kernel, method);
    }

    /** The bytecode that {@link #find} puts into kernels for these mods, as text; empty where they are called as they are. */
    String listing(AttentionMods mods) {
        return mods.interpreted() || mods.none()
                ? ""
                : Listing.of(
                        ModTilesClass.of(mods.score(), mods.masked(), vectors),
                        mods.masked().equals(mods.score()));
    }

    private KernelLoader modified(AttentionMods mods) {
        Map<String, byte[]> generated = mods.interpreted()
                ? Map.of(Mods.class.getName(), InterpretedMods.classFile())
                : Map.of(ModTiles.class.getName(), ModTilesClass.of(mods.score(), mods.masked(), vectors));
        return loader.with(generated, CALLERS);
    }

    /** {@code kernel.method(arguments…, first, last)} over {@code items} of {@code size} elements. */
    Step step(Class<?> kernel, String method, int items, long size, Object... arguments) {
        return step(MethodHandles.insertArguments(loader.find(kernel, method), 0, arguments), items, size);
    }

    /** A step over {@code items} of {@code size} elements, from which it follows how many a worker takes at a time. */
    Step step(MethodHandle bound, int items, long size) {
        return new KernelStep(workers, bound, items, (int) Math.max(1, WORTHWHILE / size));
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
