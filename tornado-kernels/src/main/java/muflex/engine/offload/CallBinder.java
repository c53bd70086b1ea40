package muflex.engine.offload;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import muflex.engine.lowering.Argument;
import muflex.engine.lowering.Argument.Array;
import muflex.engine.lowering.Argument.Gradients;
import muflex.engine.lowering.AttentionMods;
import muflex.engine.lowering.Call;
import muflex.engine.offload.Code.Launch;
import muflex.engine.translate.Capture;
import muflex.engine.translate.Kernel;
import muflex.engine.translate.ModFunctions;
import muflex.engine.translate.Translator.Known;
import muflex.kernels.ElementKernels;
import muflex.kernels.ReduceKernels;
import org.jspecify.annotations.Nullable;

/**
 * Turns calls into launches on an accelerator. All kernels of one binding that share mods are one program. What the calls
 * need besides the given arrays is allocated here and freed by {@link #close}.
 */
final class CallBinder implements AutoCloseable {
    private static final int GPU_SPAN = 1;

    /** Work items in a group of a map, whose items do so little that starting many small groups takes longer. */
    private static final int GPU_GROUP = 256;

    private static final float[] ONE = {1f};

    private final Platform platform;
    private final String title;
    private final Function<Array, DeviceArray> given;
    private final LiveArrays live;
    private final Map<Integer, DeviceArray> scratch = new TreeMap<>();
    private final IdentityHashMap<Object, DeviceArray> constants = new IdentityHashMap<>();
    private final Map<Gradients, Map<Integer, DeviceArray>> gradients = new HashMap<>();
    private final List<KernelProgram> programs = new ArrayList<>();
    private final List<Memory> owned = new ArrayList<>();

    /** Kernels with these mods, and these gradients, go into one program. */
    private record ProgramKey(String mods, Set<Integer> gradients, boolean apart) {}

    /**
     * @param title names programs and memory in errors
     * @param given the places of operands and tensors
     */
    CallBinder(Platform platform, String title, Function<Array, DeviceArray> given, LiveArrays live) {
        this.platform = platform;
        this.title = title;
        this.given = given;
        this.live = live;
    }

    /** The launches of each node's calls: first every kernel is added to its program, then programs are built and launches bound. */
    List<List<Launch>> bind(List<List<Call>> nodes) {
        nodes.forEach(this::reserve);
        Map<ProgramKey, KernelProgram> own = new LinkedHashMap<>();
        List<List<Supplier<Launch>>> prepared = new ArrayList<>();
        for (List<Call> calls : nodes) {
            List<Supplier<Launch>> node = new ArrayList<>();
            calls.forEach(call -> prepare(call, own, node));
            prepared.add(node);
        }
        programs.addAll(own.values());
        return prepared.stream()
                .map(node -> node.stream().map(Supplier::get).toList())
                .toList();
    }

    private void reserve(List<Call> calls) {
        Call.scratch(calls).forEach((index, size) -> {
            DeviceArray known = scratch.get(index);
            if (known == null || known.length() < size) {
                scratch.put(index, allocate(size));
            }
        });
    }

    private void prepare(Call call, Map<ProgramKey, KernelProgram> own, List<Supplier<Launch>> to) {
        switch (call) {
            case Call.Loop loop -> {
                KernelProgram program = program(own, loop.mods(), loop.arguments(), loop.apart());
                Kernel kernel = program.add(loop.kernel(), loop.method(), known(loop.arguments()));
                Object[] arguments = places(loop.arguments(), loop.mods());
                to.add(() -> program.launch(kernel, loop.items(), arguments));
            }
            case Call.Groups groups -> {
                KernelProgram program = program(own, groups.mods(), groups.arguments(), groups.apart());
                Kernel kernel = program.add(groups.kernel(), groups.method(), known(groups.arguments()));
                Object[] arguments = places(groups.arguments(), groups.mods());
                to.add(() -> program.launchGroups(kernel, groups.groups(), groups.groupSize(), arguments));
            }
            case Call.Elementwise map -> elementwise(map, own, to);
            case Call.ClearGradients clear -> {
                int span = platform.machine().span();
                sums(clear.gradients()).values().forEach(sums -> {
                    int items = Math.ceilDiv(sums.length(), span);
                    plain(own, to, ElementKernels.class, "fill", items, constant(ONE), sums, 0f, sums.length(), span);
                });
            }
            case Call.SumGradients sum -> {
                DeviceArray sums = Objects.requireNonNull(sums(sum.gradients()).get(sum.slot()));
                int length = sums.length() / sum.gradients().items();
                int items = Math.ceilDiv(length, platform.machine().lanes());
                DeviceArray out = place(sum.to());
                plain(
                        own,
                        to,
                        ReduceKernels.class,
                        "totalRows",
                        items,
                        sums,
                        out,
                        sum.gradients().items(),
                        length);
            }
        }
    }

    private void plain(
            Map<ProgramKey, KernelProgram> own,
            List<Supplier<Launch>> to,
            Class<?> kernel,
            String method,
            int items,
            Object... arguments) {
        KernelProgram program = program(own, null, List.of(), false);
        Kernel added = program.add(kernel, method, Known.NOTHING);
        to.add(() -> program.launch(added, items, arguments));
    }

    private void elementwise(Call.Elementwise map, Map<ProgramKey, KernelProgram> own, List<Supplier<Launch>> to) {
        KernelProgram program = program(own, null, List.of(), false);
        List<Capture> captures = new ArrayList<>();
        List<Object> passed = new ArrayList<>();
        for (Object value : map.captures()) {
            captures.add(Capture.of(value, false));
            passed.addAll(live.captured(value));
        }
        Kernel kernel = program.add(map.function(), captures);
        List<Object> arguments = new ArrayList<>();
        map.arrays().forEach(array -> arguments.add(place(array)));
        int span = platform.gpu() ? GPU_SPAN : ElementKernels.SPAN;
        arguments.addAll(List.of(new Bundle(passed), map.size(), span));
        int items = Math.ceilDiv(map.size(), span);
        int group = platform.gpu()
                ? Math.min(GPU_GROUP, platform.accelerator().limits().group())
                : platform.form().group();
        to.add(() -> program.launchItems(kernel, items, group, arguments));
    }

    private KernelProgram program(
            Map<ProgramKey, KernelProgram> own, @Nullable AttentionMods mods, List<Argument> arguments, boolean apart) {
        Set<Integer> wanted = arguments.stream()
                .filter(Gradients.class::isInstance)
                .flatMap(argument -> ((Gradients) argument).lengths().keySet().stream())
                .collect(java.util.stream.Collectors.toSet());
        String structure = mods == null ? "" : mods.structure() + kinds(mods);
        return own.computeIfAbsent(new ProgramKey(structure, wanted, apart), key -> {
            ModFunctions functions = mods == null
                    ? ModFunctions.NONE
                    : new ModFunctions(mods.score(), mods.masked(), captures(mods, wanted));
            return new KernelProgram(
                    platform.accelerator(),
                    platform.target(apart),
                    platform.form().group(),
                    title,
                    functions);
        });
    }

    private static List<Capture> captures(AttentionMods mods, Set<Integer> wanted) {
        List<Capture> captures = new ArrayList<>();
        for (int slot = 0; slot < mods.captures().size(); slot++) {
            captures.add(Capture.of(mods.captures().get(slot), wanted.contains(slot)));
        }
        return captures;
    }

    private static String kinds(AttentionMods mods) {
        return captures(mods, Set.of()).toString();
    }

    /** What the kernel is compiled for. */
    private static Known known(List<Argument> arguments) {
        Map<Integer, Number> scalars = new TreeMap<>();
        Map<Integer, Map<Integer, Integer>> elements = new TreeMap<>();
        for (int i = 0; i < arguments.size(); i++) {
            switch (arguments.get(i)) {
                case Argument.Scalar(Object value, boolean known)
                when known ->
                    scalars.put(i, value instanceof Boolean truth ? (Number) (truth ? 1 : 0) : (Number) value);
                case Argument.Ints(int[] values, Set<Integer> known)
                when !known.isEmpty() -> {
                    Map<Integer, Integer> at = new TreeMap<>();
                    known.forEach(index -> at.put(index, values[index]));
                    elements.put(i, at);
                }
                default -> {}
            }
        }
        return new Known(scalars, elements);
    }

    private Object[] places(List<Argument> arguments, @Nullable AttentionMods mods) {
        return arguments.stream()
                .map(argument -> switch (argument) {
                    case Array array -> place(array);
                    case Argument.Scalar scalar -> scalar.value();
                    case Argument.Captures ignored -> {
                        List<Object> passed = new ArrayList<>();
                        if (mods != null) {
                            mods.captures().forEach(value -> passed.addAll(live.captured(value)));
                        }
                        yield new Bundle(passed);
                    }
                    case Gradients wanted -> {
                        List<Object> passed = new ArrayList<>();
                        sums(wanted).values().forEach(sums -> {
                            passed.add(sums.memory());
                            passed.add(sums.length() / wanted.items());
                        });
                        yield new Bundle(passed);
                    }
                })
                .toArray();
    }

    private DeviceArray place(Array array) {
        return switch (array) {
            case Argument.OfTensor tensor -> given.apply(tensor);
            case Argument.Operand operand -> given.apply(operand);
            case Argument.Scratch s -> Objects.requireNonNull(scratch.get(s.index()), "scratch is reserved first");
            case Argument.Floats(float[] values) -> constant(values);
            case Argument.Ints(int[] values, Set<Integer> known) -> constant(values);
            case Argument.LiveInts(int[] values) -> live.ints(values);
            case Argument.Live(float[] values) -> live.floats(values);
        };
    }

    private DeviceArray constant(float[] values) {
        return constants.computeIfAbsent(values, key -> {
            DeviceArray array = allocate(values.length);
            array.memory().write(values);
            return array;
        });
    }

    private DeviceArray constant(int[] values) {
        return constants.computeIfAbsent(values, key -> {
            DeviceArray array = allocate(values.length);
            array.memory().write(values);
            return array;
        });
    }

    /** The sums by slot, ascending, each of all work items one after the other. */
    private Map<Integer, DeviceArray> sums(Gradients wanted) {
        return gradients.computeIfAbsent(wanted, key -> {
            Map<Integer, DeviceArray> slots = new TreeMap<>();
            wanted.lengths()
                    .forEach((slot, length) -> slots.put(slot, allocate(Math.multiplyExact(wanted.items(), length))));
            return slots;
        });
    }

    private DeviceArray allocate(int length) {
        Memory memory = platform.accelerator().allocate(title, 4L * length);
        owned.add(memory);
        return new DeviceArray(memory, length);
    }

    /** Throws what kernels reported since the last call; waits where they can. */
    void check() {
        programs.forEach(KernelProgram::check);
    }

    /** The C of all programs. */
    String sources() {
        return programs.stream().map(KernelProgram::source).collect(java.util.stream.Collectors.joining("\n"));
    }

    long bytes() {
        return owned.stream().mapToLong(Memory::bytes).sum();
    }

    @Override
    public void close() {
        programs.forEach(KernelProgram::close);
        owned.forEach(Memory::close);
    }
}
