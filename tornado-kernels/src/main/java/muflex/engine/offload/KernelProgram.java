package muflex.engine.offload;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import muflex.engine.offload.Code.Launch;
import muflex.engine.translate.Capture;
import muflex.engine.translate.ClassFiles;
import muflex.engine.translate.Kernel;
import muflex.engine.translate.ModFunctions;
import muflex.engine.translate.Target;
import muflex.engine.translate.Translator;
import muflex.expr.RowFunction;
import org.jspecify.annotations.Nullable;

/**
 * Kernels of one operation: translated together, built once, launched with Java's arguments. Add every kernel before the
 * first launch.
 */
public final class KernelProgram implements AutoCloseable {
    private static final int FAULT_INTS = 5;

    private final Accelerator accelerator;
    private final String title;
    private final Translator translator;
    private final Map<String, Kernel> kernels = new HashMap<>();
    private final IdentityHashMap<Kernel, JavaKernel> written = new IdentityHashMap<>();
    private final ModFunctions mods;
    private final Target target;
    private final int group;
    private final List<Launch> launches = new ArrayList<>();
    private @Nullable Code code;
    private @Nullable Memory faults;

    public KernelProgram(Accelerator accelerator, Target target, String title) {
        this(
                accelerator,
                target,
                Form.of(accelerator.limits(), accelerator.compilesJava()).group(),
                title,
                ModFunctions.NONE);
    }

    /**
     * A program with the user's functions in it.
     *
     * @param group work items in a work group of a parallel loop
     */
    KernelProgram(Accelerator accelerator, Target target, int group, String title, ModFunctions mods) {
        this.accelerator = accelerator;
        this.title = title;
        this.mods = mods;
        this.target = target;
        this.group = group;
        translator = new Translator(target, new ClassFiles(KernelProgram.class.getClassLoader()), mods);
    }

    /** Adds a kernel, see {@link Translator#kernel}; the same one if it was added before. */
    public Kernel add(Class<?> owner, String method, Translator.Known known) {
        return kernels.computeIfAbsent(owner.getName() + "." + method + known, key -> {
            requireUnbuilt(method);
            Kernel kernel = translator.kernel(owner.getName(), method, known);
            written.put(kernel, new JavaKernel(owner, method, mods, target.lanes()));
            return kernel;
        });
    }

    /** Adds an elementwise function, see {@link Translator#elementwise}; the same one if it was added before. */
    public Kernel add(RowFunction function, List<Capture> captures) {
        return kernels.computeIfAbsent(function.structure() + captures, key -> {
            requireUnbuilt(function.name());
            return translator.elementwise(function, captures);
        });
    }

    private void requireUnbuilt(String method) {
        if (code != null) {
            throw new IllegalStateException(title + ": expected kernels before the first launch, got " + method);
        }
    }

    /** The program's C. */
    public String source() {
        return translator.source();
    }

    private Code code() {
        if (code == null) {
            code = accelerator.build(translator.source(), title);
            if (Switches.showsKernels()) {
                // Standard output holds results, maybe as JSON.
                System.err.println("// " + title + " on " + accelerator.id() + "\n" + code.listing());
            }
        }
        return code;
    }

    /**
     * Binds a parallel loop over {@code items} to its arguments.
     *
     * @param arguments of the Java method without the last two: {@link DeviceArray} for arrays, {@link Bundle} for captures, boxed scalars
     */
    public Launch launch(Kernel kernel, int items, Object... arguments) {
        List<Object> all = new ArrayList<>(List.of(arguments));
        all.add(0);
        all.add(items);
        return launchItems(kernel, items, all);
    }

    private Launch launchItems(Kernel kernel, int items, List<Object> all) {
        return launchItems(kernel, items, group, all);
    }

    /** Binds a kernel of independent work items, {@code group} of them in a work group, to all of its arguments. */
    Launch launchItems(Kernel kernel, int items, int group, List<Object> all) {
        requireGroup(kernel, group);
        long rounded = Math.ceilDiv(items, group) * (long) group;
        Launch launch = asWritten(kernel, rounded, group, all);
        return launch == null ? bind(kernel, rounded, group, all) : launch;
    }

    /** Binds a kernel of work groups to all of its Java method's arguments. */
    public Launch launchGroups(Kernel kernel, int groups, int groupSize, Object... arguments) {
        requireGroup(kernel, groupSize);
        return bind(kernel, (long) groups * groupSize, groupSize, List.of(arguments));
    }

    private void requireGroup(Kernel kernel, int group) {
        accelerator
                .limits()
                .requireGroup(
                        "kernel " + kernel.name() + " on " + accelerator.id(),
                        group,
                        kernel.itemBytes(),
                        kernel.sharedBytes());
    }

    /** The launch of a kernel that the accelerator compiles from Java; else null. */
    private @Nullable Launch asWritten(Kernel kernel, long items, int group, List<Object> arguments) {
        JavaKernel java = written.get(kernel);
        if (java == null || wantsGradients(kernel, arguments)) {
            return null;
        }
        List<Object> passed = arguments.stream()
                .map(argument -> switch (argument) {
                    case DeviceArray array -> (Object) array.memory();
                    case Object other -> other;
                })
                .toList();
        Launch launch = accelerator.bind(java, items, group, passed);
        if (launch != null) {
            launches.add(launch);
        }
        return launch;
    }

    /** Whether the kernel sums gradients of captured arrays. */
    private static boolean wantsGradients(Kernel kernel, List<Object> arguments) {
        return kernel.arguments().stream()
                .anyMatch(argument -> argument instanceof Kernel.Argument.Bundle(int parameter, boolean gradients)
                        && gradients
                        && arguments.get(parameter) instanceof Bundle(List<Object> sums)
                        && !sums.isEmpty());
    }

    private Launch bind(Kernel kernel, long items, int group, List<Object> arguments) {
        List<Object> passed = new ArrayList<>();
        for (Kernel.Argument argument : kernel.arguments()) {
            switch (argument) {
                case Kernel.Argument.Array array ->
                    passed.add(array(kernel, array, arguments).memory());
                case Kernel.Argument.Length length ->
                    passed.add(((DeviceArray) arguments.get(length.parameter())).length());
                case Kernel.Argument.Scalar scalar -> passed.add(scalar(arguments.get(scalar.parameter())));
                case Kernel.Argument.Bundle bundle ->
                    passed.addAll(((Bundle) arguments.get(bundle.parameter())).passed());
                case Kernel.Argument.Fault ignored -> passed.add(faults());
            }
        }
        Launch launch = code().bind(kernel.name(), items, group, passed);
        launches.add(launch);
        return launch;
    }

    private static DeviceArray array(Kernel kernel, Kernel.Argument.Array argument, List<Object> arguments) {
        if (arguments.get(argument.parameter()) instanceof DeviceArray array) {
            return array;
        }
        throw new IllegalArgumentException("kernel " + kernel.name() + " " + argument.name()
                + ": expected an array on the device, got "
                + arguments.get(argument.parameter()).getClass().getSimpleName());
    }

    private static Object scalar(Object value) {
        return value instanceof Boolean truth ? (Object) (truth ? 1 : 0) : value;
    }

    private Memory faults() {
        if (faults == null) {
            faults = accelerator.allocate("faults", 4 * FAULT_INTS);
            faults.write(new int[FAULT_INTS]);
        }
        return faults;
    }

    /**
     * Throws what a kernel reported since the last call: an access out of bounds, in checked programs, or an exception.
     * Waits for the device only where kernels can report.
     */
    public void check() {
        if (faults == null) {
            return;
        }
        int[] fault = new int[FAULT_INTS];
        faults.read(fault);
        if (fault[0] == 0) {
            return;
        }
        faults.write(new int[FAULT_INTS]);
        String line = fault[1] == 0 ? "" : ", line " + fault[1];
        String place = accelerator.id() + ": " + translator.arrayNames().get(fault[2]) + line;
        throw new IndexOutOfBoundsException(
                fault[0] == 2
                        ? place + "; run it on cpu for the message"
                        : place + ": expected an index in 0 … " + (fault[4] - 1) + ", got " + fault[3]);
    }

    @Override
    public void close() {
        launches.forEach(Launch::close);
        if (faults != null) {
            faults.close();
        }
        if (code != null) {
            code.close();
        }
    }
}
