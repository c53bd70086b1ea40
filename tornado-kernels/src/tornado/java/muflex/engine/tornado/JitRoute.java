package muflex.engine.tornado;

import java.lang.foreign.MemorySegment;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import muflex.attention.Precision;
import muflex.engine.offload.Accelerator;
import muflex.engine.offload.Bundle;
import muflex.engine.offload.JavaKernel;
import muflex.engine.offload.Switches;
import muflex.engine.translate.Capture;
import muflex.expr.Storage;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/**
 * Kernels compiled by TornadoVM from their Java methods. Each is tried first, with the very sizes and scalars that it will have, on
 * numbers of its own, and compared with the method itself run in this JVM. Where TornadoVM's compiler fails, or its code is
 * wrong, the log says so once, and the kernel comes from the translator. Used under {@link TornadoAccelerator#locked}.
 */
final class JitRoute {
    private static final System.Logger LOG = System.getLogger("muflex");

    /** TornadoVM takes 20: of these the context, the counts of items and of launches; and one that captured arrays may be more. */
    private static final int MOST_ARGUMENTS = 16;

    private final TornadoAccelerator accelerator;
    private final Map<List<Object>, Optional<Tried>> tried = new HashMap<>();
    private final Set<JavaKernel> told = new HashSet<>();
    private boolean toldOfOthers;
    private final Map<Integer, PlainKernels> plain = new HashMap<>();

    /**
     * A task that gave the right answers.
     *
     * @param written for each argument, whether it writes it
     * @param file its source
     */
    private record Tried(Object task, List<Boolean> written, Path file) {}

    JitRoute(TornadoAccelerator accelerator) {
        this.accelerator = accelerator;
    }

    /** The launch, or null if the kernel must come from the translator. */
    @Nullable
    TornadoLaunch bind(JavaKernel kernel, long items, int group, List<Object> arguments) {
        List<JitPlace> places;
        try {
            places = places(kernel, arguments.subList(0, arguments.size() - 2));
        } catch (IllegalArgumentException e) {
            tell(kernel, e, null);
            return null;
        }
        List<Object> key = new ArrayList<>(List.of(kernel, items, group));
        key.addAll(places);
        Tried known = tried.computeIfAbsent(key, k -> attempt(kernel, items, group, arguments, places))
                .orElse(null);
        if (known == null) {
            return null;
        }
        List<Object> passed = passed(places, arguments, memory -> memory);
        String name = kernel.owner().getSimpleName() + "." + kernel.method() + " (jit)";
        return new TornadoLaunch(accelerator, name, known.file(), known.task(), items, group, passed, known.written());
    }

    /** What becomes of the arguments. TornadoVM takes few: with many, scalars are constants. */
    private static List<JitPlace> places(JavaKernel kernel, List<Object> arguments) {
        boolean constants = arguments.size() > MOST_ARGUMENTS || JitClasses.hasOwnArrays(kernel);
        List<JitPlace> places = new ArrayList<>();
        for (int i = 0; i < arguments.size(); i++) {
            Object argument = arguments.get(i);
            int first = arguments.indexOf(argument);
            boolean again = first < i;
            places.add(
                    switch (argument) {
                        case TornadoMemory memory when again -> new JitPlace.Same(first);
                        case TornadoMemory memory -> new JitPlace.Array(Math.toIntExact(memory.bytes() / Float.BYTES));
                        case Bundle bundle -> captures(kernel, bundle, arguments);
                        case Object scalar when constants -> new JitPlace.Constant(scalar);
                        case Object scalar -> new JitPlace.Passed(scalar);
                    });
        }
        return places;
    }

    private static JitPlace.Captures captures(JavaKernel kernel, Bundle bundle, List<Object> arguments) {
        List<JitPlace> places = new ArrayList<>();
        int next = 0;
        for (Capture capture :
                bundle.passed().isEmpty() ? List.<Capture>of() : kernel.mods().captures()) {
            Object value = bundle.passed().get(next++);
            if (capture.storage() == null) {
                places.add(new JitPlace.Constant(value));
                continue;
            }
            if (capture.storage() == Storage.FLOAT_ROWS || arguments.contains(value)) {
                throw new IllegalArgumentException("TornadoVM takes no captured float[][], and no array twice");
            }
            places.add(new JitPlace.CapturedArray(
                    capture.storage(), (Integer) bundle.passed().get(next++)));
        }
        return new JitPlace.Captures(places);
    }

    /** What the task is passed; {@code array} says what for an array. */
    private List<Object> passed(List<JitPlace> places, List<Object> arguments, UnaryOperator<Object> array) {
        List<Object> passed = new ArrayList<>();
        for (int i = 0; i < places.size(); i++) {
            switch (places.get(i)) {
                case JitPlace.Array ignored -> passed.add(array.apply(arguments.get(i)));
                case JitPlace.Passed(Object value) -> passed.add(value);
                case JitPlace.Captures ignored ->
                    ((Bundle) arguments.get(i))
                            .passed().stream()
                                    .filter(TornadoMemory.class::isInstance)
                                    .forEach(memory -> passed.add(array.apply(memory)));
                default -> {}
            }
        }
        passed.addAll(List.of(array.apply(accelerator.counter()), new KernelContext(), arguments.getLast()));
        return List.copyOf(passed);
    }

    /** The route is asked for on a device that TornadoVM does not compile for. */
    static void tellNotDefault(String device) {
        LOG.log(
                System.Logger.Level.INFO,
                "{0}: all kernels come from the translator; TornadoVM''s compiler is given kernels for TornadoVM''s default device only",
                device);
    }

    /** A kernel comes from the translator; why, if its own line has not said so: once for all such kernels. */
    void tellTranslated(String kernel) {
        boolean known =
                told.stream().anyMatch(one -> kernel.startsWith(one.owner().getSimpleName() + "_" + one.method()));
        if (!known && !toldOfOthers) {
            toldOfOthers = true;
            LOG.log(
                    System.Logger.Level.INFO,
                    "{0}: {1} and its like come from the translator: kernels of work groups, elementwise functions, and those that sum gradients of captured arrays are not given to TornadoVM''s compiler",
                    accelerator.id(),
                    kernel);
        }
    }

    /** @param file what TornadoVM's compiler wrote, which is then kept; null where it wrote nothing */
    private void tell(JavaKernel kernel, Throwable reason, @Nullable Path file) {
        if (told.add(kernel)) {
            String name = kernel.owner().getSimpleName() + "." + kernel.method();
            LOG.log(
                    System.Logger.Level.INFO,
                    "{0}: {1} comes from the translator; TornadoVM''s compiler: {2}",
                    accelerator.id(),
                    file == null ? name : Failures.name(name, file),
                    Failures.reason(reason));
        }
    }

    private Optional<Tried> attempt(
            JavaKernel kernel, long items, int group, List<Object> arguments, List<JitPlace> places) {
        Path file = null;
        try {
            Object task = JitClasses.task(kernel, places);
            Object[] here = arguments.toArray();
            IdentityHashMap<Object, FloatArray> there = trial(method(kernel), here, places);
            there.put(accelerator.counter(), alike(accelerator.counter()));
            List<FloatArray> arrays = List.copyOf(there.values());
            TornadoVm.Ran ran = timed(
                    () -> accelerator.vm().runOnce(task, passed(places, arguments, there::get), arrays, items, group));
            if (Switches.showsKernels()) {
                System.err.println("// " + kernel.owner().getSimpleName() + "." + kernel.method() + " on "
                        + accelerator.id() + ", by TornadoVM's compiler\n" + ran.source());
            }
            file = accelerator.keepSource(kernel.method(), ran.source());
            check(kernel, here, arguments, there, file);
            return Optional.of(new Tried(task, ran.written(), file));
        } catch (RuntimeException | Error e) {
            tell(kernel, e, file);
            return Optional.empty();
        }
    }

    /** Counts a trial, whether it fails or not, as compilation. */
    private TornadoVm.Ran timed(Supplier<TornadoVm.Ran> trial) {
        long start = System.nanoTime();
        try {
            return trial.get();
        } finally {
            accelerator.times().add(Accelerator.COMPILE, System.nanoTime() - start);
        }
    }

    /** Numbers to try a task with: arrays of Java's take the places of those in {@code here}. What the task has for each. */
    private static IdentityHashMap<Object, FloatArray> trial(Method method, Object[] here, List<JitPlace> places) {
        IdentityHashMap<Object, FloatArray> there = new IdentityHashMap<>();
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < places.size(); i++) {
            switch (places.get(i)) {
                case JitPlace.Same(int index) -> here[i] = here[index];
                case JitPlace.Array(int length) -> {
                    FloatArray array = alike(here[i]);
                    there.put(here[i], array);
                    here[i] = numbers(method.getParameterTypes()[i], length, array, random);
                }
                case JitPlace.Captures ignored ->
                    ((Bundle) here[i])
                            .passed().stream()
                                    .filter(TornadoMemory.class::isInstance)
                                    .forEach(memory -> there.put(memory, alike(memory)));
                default -> {}
            }
        }
        return there;
    }

    /** Runs the method on the numbers that the task ran on, and compares what they hold then. */
    private void check(
            JavaKernel kernel,
            Object[] here,
            List<Object> arguments,
            IdentityHashMap<Object, FloatArray> there,
            Path file) {
        int launches = Float.floatToRawIntBits(
                Objects.requireNonNull(there.get(accelerator.counter())).get(LaunchCounter.LAUNCHES));
        if (launches != 1) {
            throw new IllegalStateException("the driver refused its launch, as TornadoVM printed");
        }
        Method method = method(kernel);
        if (Arrays.asList(method.getParameterTypes()).contains(Object[].class)) {
            // With the user's functions the method is another one here; attention is compared on its first answers.
            return;
        }
        invoke(method, here);
        Agreement agreement =
                Agreement.ofPrograms(Precision.SINGLE, "the method itself", () -> Failures.name(kernel.method(), file));
        for (int i = 0; i < here.length; i++) {
            if (here[i] instanceof float[] expected) {
                FloatArray answer = Objects.requireNonNull(there.get(arguments.get(i)));
                // The numbers that it ran on are of size 1.
                double least = agreement.least(Math.sqrt(expected.length), 0);
                agreement.require(
                        kernel.method(), least, Arrays.copyOf(answer.toHeapArray(), expected.length), expected);
            }
        }
    }

    /** An array as large, of zeros. */
    private static FloatArray alike(Object memory) {
        FloatArray array = new FloatArray(((TornadoMemory) memory).array().getSize());
        array.init(0f);
        return array;
    }

    /** An array of Java's, and the same bits in {@code to}: floats between 0 and 1, or ints that are 0, as indices may be. */
    private static Object numbers(Class<?> type, int size, FloatArray to, SplittableRandom random) {
        if (type == int[].class) {
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

    private Method method(JavaKernel kernel) {
        return Arrays.stream(plain.computeIfAbsent(kernel.lanes(), PlainKernels::new)
                        .classOf(kernel.owner())
                        .getDeclaredMethods())
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
