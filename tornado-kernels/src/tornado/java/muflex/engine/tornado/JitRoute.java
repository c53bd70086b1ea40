package muflex.engine.tornado;

import java.lang.foreign.MemorySegment;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import muflex.engine.offload.JavaKernel;
import muflex.engine.tornado.JitClasses.Array;
import muflex.engine.tornado.JitClasses.Same;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/**
 * Kernels compiled by TornadoVM from their Java methods. Each is tried first, with the very sizes and scalars that it will have, on
 * numbers of its own, and compared with the method itself run in this JVM. Where TornadoVM's compiler fails, or its code is
 * wrong, the log says so once, and the kernel comes from the translator.
 */
final class JitRoute {
    private static final System.Logger LOG = System.getLogger("muflex");

    private final TornadoAccelerator accelerator;
    private final int lanes;
    private final Map<List<Object>, Tried> tried = new HashMap<>();
    private final Set<JavaKernel> told = new HashSet<>();

    /** A task, and for each argument whether it writes it; nulls where the kernel can't be had. */
    private record Tried(@Nullable Object task, @Nullable List<Boolean> written) {}

    /** @param lanes floats in a vector */
    JitRoute(TornadoAccelerator accelerator, int lanes) {
        this.accelerator = accelerator;
        this.lanes = lanes;
    }

    /** The launch, or null if the kernel must come from the translator. */
    @Nullable
    TornadoLaunch bind(JavaKernel kernel, long items, int group, List<Object> arguments) {
        List<Object> fixed = fixed(arguments);
        List<Object> key = new ArrayList<>(List.of(kernel, items, group));
        key.addAll(fixed);
        Tried known = tried.computeIfAbsent(key, k -> attempt(kernel, items, group, arguments, fixed));
        if (known.task() == null || known.written() == null) {
            return null;
        }
        List<Object> passed = new ArrayList<>();
        for (int i = 0; i < arguments.size(); i++) {
            if (fixed.get(i) instanceof Array) {
                passed.add(arguments.get(i));
            }
        }
        passed.addAll(List.of(new KernelContext(), arguments.getLast()));
        String name = kernel.owner().getSimpleName() + "." + kernel.method() + " (jit)";
        Path file = Path.of(kernel.owner().getSimpleName() + ".java");
        return new TornadoLaunch(
                accelerator, name, file, known.task(), items, group, List.copyOf(passed), known.written());
    }

    /** What {@link JitClasses#task} takes. */
    private static List<Object> fixed(List<Object> arguments) {
        List<Object> fixed = new ArrayList<>();
        for (Object argument : arguments) {
            int before = arguments.indexOf(argument);
            if (argument instanceof TornadoMemory memory) {
                fixed.add(before < fixed.size() ? new Same(before) : new Array(memory.bytes()));
            } else {
                fixed.add(argument);
            }
        }
        return fixed;
    }

    private Tried attempt(JavaKernel kernel, long items, int group, List<Object> arguments, List<Object> fixed) {
        try {
            Object task = JitClasses.task(kernel, fixed, lanes);
            return new Tried(task, check(kernel, task, items, group, arguments, fixed));
        } catch (RuntimeException | Error e) {
            if (told.add(kernel)) {
                LOG.log(
                        System.Logger.Level.INFO,
                        "{0}: {1}.{2} comes from the translator; TornadoVM''s compiler: {3}",
                        accelerator.id(),
                        kernel.owner().getSimpleName(),
                        kernel.method(),
                        Failures.reason(e));
            }
            return new Tried(null, null);
        }
    }

    /** Runs the task and the method on the same numbers; which arguments it writes. */
    private List<Boolean> check(
            JavaKernel kernel, Object task, long items, int group, List<Object> arguments, List<Object> fixed) {
        Method method = method(kernel);
        Object[] here = arguments.toArray();
        List<FloatArray> arrays = new ArrayList<>();
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < here.length; i++) {
            if (fixed.get(i) instanceof Same(int index)) {
                here[i] = here[index];
            } else if (here[i] instanceof TornadoMemory memory) {
                FloatArray array = new FloatArray(memory.array().getSize());
                here[i] = numbers(method.getParameterTypes()[i], array, random);
                arrays.add(array);
            }
        }
        List<Object> there = new ArrayList<>(arrays);
        there.addAll(List.of(new KernelContext(), arguments.getLast()));
        List<Boolean> written = accelerator.vm().runOnce(task, there, arrays, items, group);
        if (Arrays.asList(method.getParameterTypes()).contains(Object[].class)) {
            // With the user's functions the method is another one here; attention is compared on its first answers.
            return written;
        }
        invoke(method, here);
        int a = 0;
        for (int i = 0; i < here.length; i++) {
            if (fixed.get(i) instanceof Array) {
                FloatArray answer = arrays.get(a++);
                if (here[i] instanceof float[] expected) {
                    Agreement.require(kernel.method(), answer.toHeapArray(), expected, "the method itself");
                }
            }
        }
        return written;
    }

    /** An array of Java's, and the same bits in {@code to}: floats between 0 and 1, or ints that are 0, as indices may be. */
    private static Object numbers(Class<?> type, FloatArray to, SplittableRandom random) {
        int size = to.getSize();
        if (type == int[].class) {
            to.init(0f);
            return new int[size];
        }
        if (type != float[].class) {
            throw new IllegalArgumentException("expected arrays of float or int, got " + type.getSimpleName());
        }
        float[] floats = new float[size];
        for (int i = 0; i < size; i++) {
            floats[i] = (float) random.nextDouble();
        }
        MemorySegment.copy(MemorySegment.ofArray(floats), 0, to.getSegment(), 0, 4L * size);
        return floats;
    }

    private static Method method(JavaKernel kernel) {
        return Arrays.stream(kernel.owner().getDeclaredMethods())
                .filter(m -> m.getName().equals(kernel.method()))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no method " + kernel));
    }

    private static void invoke(Method method, Object[] arguments) {
        try {
            method.invoke(null, arguments);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the method itself fails on these numbers: " + e.getCause(), e);
        }
    }
}
