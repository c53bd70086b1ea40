package muflex.engine.jvm;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Loads the kernels again, under the same names, for one engine: specialisation by class loading.
 *
 * <p>The engine's loader ({@link #forLanes}) binds {@code Lanes}: every mention of the type becomes the engine's vector
 * and every call of its methods goes to the engine's helper class. A loader on top of it ({@link #with}) holds generated
 * classes, such as the user's mods, together with the few kernels that call them, so that what does not depend on a mod
 * is compiled by the JIT once for all.
 */
final class KernelLoader extends ClassLoader {
    private static final String PACKAGE = "muflex.kernels.";

    /** Kept as they are by every loader: they hold state, or say something only to tools. */
    private static final Set<String> SHARED = Set.of(PACKAGE + "Scratch", PACKAGE + "WorkGroup", PACKAGE + "Parallel");

    static {
        registerAsParallelCapable();
    }

    private final Optional<LaneBinding> lanes;
    private final Map<String, byte[]> generated;
    private final Set<String> own;

    private KernelLoader(
            ClassLoader parent, Optional<LaneBinding> lanes, Map<String, byte[]> generated, Set<String> own) {
        super("muflex-kernels", parent);
        this.lanes = lanes;
        this.generated = generated;
        this.own = own;
    }

    /** The kernels with their lanes bound, or as they are written if {@code lanes} is empty. */
    static KernelLoader forLanes(Optional<LaneBinding> lanes) {
        return new KernelLoader(KernelLoader.class.getClassLoader(), lanes, Map.of(), Set.of());
    }

    /**
     * A loader on top of this one with classes of its own.
     *
     * @param generated class files by name; a class of this name in {@code muflex.kernels} is replaced
     * @param kernels names of the kernels to load again, because they call a generated class
     */
    KernelLoader with(Map<String, byte[]> generated, Set<String> kernels) {
        return new KernelLoader(this, lanes, Map.copyOf(generated), Set.copyOf(kernels));
    }

    /** The kernel {@code kernel.method}, as this loader has it; the method's name must be unique in its class. */
    MethodHandle find(Class<?> kernel, String method) {
        try {
            for (Method m : loadClass(kernel.getName()).getDeclaredMethods()) {
                if (m.getName().equals(method) && Modifier.isStatic(m.getModifiers())) {
                    return MethodHandles.publicLookup().unreflect(m);
                }
            }
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("kernel " + kernel.getName() + "." + method + ": " + e, e);
        }
        throw new IllegalArgumentException("kernel: no static method " + method + " in " + kernel.getName());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        if (!isOwn(name)) {
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

    private boolean isOwn(String name) {
        if (generated.containsKey(name) || own.contains(name)) {
            return true;
        }
        boolean engine = !(getParent() instanceof KernelLoader);
        return engine && lanes.isPresent() && name.startsWith(PACKAGE) && !SHARED.contains(name);
    }

    private byte[] bytesOf(String name) throws ClassNotFoundException {
        byte[] given = generated.get(name);
        if (given != null) {
            return given;
        }
        byte[] written = read(name);
        return lanes.map(binding -> binding.bind(written)).orElse(written);
    }

    private static byte[] read(String name) throws ClassNotFoundException {
        try (InputStream in =
                KernelLoader.class.getClassLoader().getResourceAsStream(name.replace('.', '/') + ".class")) {
            if (in == null) {
                throw new ClassNotFoundException(name);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
