package muflex.engine.translate;

import java.lang.classfile.MethodModel;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedSet;
import java.util.Set;
import java.util.TreeSet;
import muflex.engine.translate.Value.Array;
import muflex.engine.translate.Value.Bundle;
import muflex.engine.translate.Value.Scalar;
import muflex.expr.RowFunction;
import org.jspecify.annotations.Nullable;

/**
 * Writes kernels and all that they call as one program of C. Functions are written once for each combination of the
 * spaces that their arrays live in and, where they size arrays by a parameter, of that parameter's value.
 */
public final class Translator {
    private final Target target;
    private final Dialect dialect;
    private final ClassFiles classes;
    private final Map<String, Function> functions = new HashMap<>();
    private final SequencedSet<String> names = new LinkedHashSet<>();
    private final List<String> arrayNames = new ArrayList<>();
    private final StringBuilder text = new StringBuilder();
    private final List<String> writing = new ArrayList<>();
    private final ConstantEvaluator constants;
    private final ModFunctions mods;
    private final CaptureNames captured;
    private final Map<String, @Nullable Function> modsWritten = new HashMap<>();
    private final Set<String> helpers = new TreeSet<>();
    private boolean lanes;
    private boolean mma;
    private boolean wideMma;

    private boolean faults;

    public Translator(Target target, ClassFiles classes) {
        this(target, classes, ModFunctions.NONE);
    }

    /** A program with the user's functions in it. */
    public Translator(Target target, ClassFiles classes, ModFunctions mods) {
        this.mods = mods;

        this.target = target;
        this.classes = classes;
        dialect = target.dialect();
        captured = new CaptureNames(dialect, mods.captures());

        constants = new ConstantEvaluator(classes, target);
    }

    /**
     * Adds a kernel.
     *
     * @param className of the class that declares it, with dots
     * @param known what is known now about its arguments
     *
     * @throws TranslationException where it uses what devices lack
     */
    public Kernel kernel(String className, String method, Known known) {
        String owner = className.replace('.', '/');
        MethodModel model = classes.method(owner, method, null);
        if (model == null) {
            throw new IllegalArgumentException(
                    "kernel: expected a static method, got " + className + "." + method + ", which does not exist");
        }
        MethodCode code = new MethodCode(Objects.requireNonNull(classes.find(owner)), model);
        List<@Nullable Value> specialisation = new ArrayList<>();
        for (int i = 0; i < code.parameters.size(); i++) {
            Number constant = known.scalars().get(i);
            specialisation.add(
                    constant != null
                            ? C.constant(constant)
                            : global(
                                    code.parameters.get(i).descriptorString(),
                                    known.elements().getOrDefault(i, Map.of())));
        }
        FunctionTranslator translator =
                new FunctionTranslator(this, code, unique(simple(owner) + "_" + method), specialisation, true);
        Function function = translator.translate();
        return new Kernel(
                function.name(),
                arguments(code, function),
                code.parallel == null,
                translator.itemBytes(),
                translator.sharedBytes());
    }

    /**
     * Adds an elementwise function over whole arrays, each work item {@code span} elements of {@code size}.
     *
     * @param function all of whose parameters are arrays; outputs may be parameters' arrays
     * @return a kernel whose arguments are the arrays of parameters and outputs, the captures, size and span
     */
    public Kernel elementwise(RowFunction function, List<Capture> captures) {
        return new ElementwiseKernel(this).write(unique("map"), function, captures);
    }

    private static @Nullable Value global(String descriptor, Map<Integer, Integer> known) {
        return switch (descriptor) {
            case DialectNames.CAPTURES_DESCRIPTOR -> new Bundle(Bundle.Role.CAPTURES);
            case DialectNames.GRADIENTS_DESCRIPTOR -> new Bundle(Bundle.Role.GRADIENTS);
            case DialectNames.GRADIENT_SETS_DESCRIPTOR -> new Bundle(Bundle.Role.GRADIENT_SETS);
            default ->
                descriptor.startsWith("[") && descriptor.length() == 2
                        ? new Array(Element.of(descriptor.substring(1)), Space.GLOBAL, "", null, -1, known)
                        : null;
        };
    }

    private static List<Kernel.Argument> arguments(MethodCode code, Function function) {
        List<Kernel.Argument> arguments = new ArrayList<>();
        int slot = 0;
        for (int i = 0; i < code.parameters.size(); i++) {
            String descriptor = code.parameters.get(i).descriptorString();
            Function.Parameter parameter = function.parameters().get(i);
            MethodCode.Local local = code.local(slot, 0);
            String name = local == null ? "unused" + i : local.name();
            switch (global(descriptor, Map.of())) {
                case Array array -> {
                    arguments.add(new Kernel.Argument.Array(i, name, array.element(), parameter.written()));
                    if (parameter.length()) {
                        arguments.add(new Kernel.Argument.Length(i));
                    }
                }
                case Bundle bundle ->
                    arguments.add(new Kernel.Argument.Bundle(i, bundle.role() != Bundle.Role.CAPTURES));
                case null, default -> {
                    if (!parameter.constant()) {
                        arguments.add(new Kernel.Argument.Scalar(i, name, Kind.of(descriptor)));
                    }
                }
            }
            slot += descriptor.equals("J") || descriptor.equals("D") ? 2 : 1;
        }
        if (function.faults()) {
            arguments.add(new Kernel.Argument.Fault());
        }
        return arguments;
    }

    /** The whole program. */
    public String source() {
        StringBuilder program = new StringBuilder(dialect.prelude());
        if (faults) {
            program.append(dialect.checkSupport());
        }
        if (lanes) {
            program.append(dialect.lanesSupport());
        }
        if (mma) {
            program.append(dialect.mmaSupport());
        }
        if (wideMma) {
            program.append(dialect.wideMmaSupport());
        }
        RowHelpers texts = new RowHelpers(dialect);
        helpers.forEach(helper -> program.append(texts.text(helper)));
        return program.append(text).toString();
    }

    /**
     * What is known about a kernel's arguments when it is written.
     *
     * @param scalars values of scalar parameters, by the parameter's index; they are not passed
     * @param elements values of elements of int arrays, by the parameter's index and their own
     */
    public record Known(Map<Integer, Number> scalars, Map<Integer, Map<Integer, Integer>> elements) {
        public static final Known NOTHING = new Known(Map.of(), Map.of());
    }

    /** What the array numbers of reported faults mean. */
    public List<String> arrayNames() {
        return List.copyOf(arrayNames);
    }

    /** The function for these arguments, written now if it was not. */
    Function function(String owner, String name, MethodTypeDesc type, List<Value> arguments, Frame caller) {
        MethodModel model = owner.startsWith("java/") ? null : classes.method(owner, name, type.descriptorString());
        if (model == null) {
            throw caller.error("a call of " + owner.replace('/', '.') + "." + name);
        }
        MethodCode code = new MethodCode(Objects.requireNonNull(classes.find(owner)), model);
        boolean sizesArrays = sizesArrays(code, new ArrayList<>());
        List<@Nullable Value> specialisation = new ArrayList<>();
        StringBuilder key = new StringBuilder(owner + "." + name + type.descriptorString());
        for (Value argument : arguments) {
            Value special = switch (argument) {
                case Scalar scalar
                when sizesArrays && scalar.constant() instanceof Integer -> C.constant(scalar.constant());
                case Scalar scalar -> null;
                case Array array -> array.anonymous();
                case Bundle bundle -> new Bundle(bundle.role());
                case Value.Comparison ignored -> throw caller.error("a comparison as an argument");
            };
            specialisation.add(special);
            key.append('/').append(special instanceof Scalar scalar ? scalar.text() : special);
        }
        Function known = functions.get(key.toString());
        if (known != null) {
            return known;
        }
        if (writing.contains(key.toString())) {
            throw caller.error("a recursive call of " + name);
        }
        writing.add(key.toString());
        Function function = new FunctionTranslator(
                        this, code, unique(simple(owner) + "_" + name), specialisation, false)
                .translate();
        writing.removeLast();
        functions.put(key.toString(), function);
        return function;
    }

    /** Whether the method, or one that it calls, makes an array: its size may depend on a parameter. */
    private boolean sizesArrays(MethodCode code, List<String> seen) {
        return ArraySizes.uses(code, classes, seen);
    }

    private static String simple(String owner) {
        return owner.substring(owner.lastIndexOf('/') + 1).replace('$', '_');
    }

    private String unique(String wanted) {
        String name = wanted;
        for (int i = 2; !names.add(name); i++) {
            name = wanted + "_" + i;
        }
        return name;
    }

    void append(String function) {
        text.append(function);
    }

    void useHelper(String name) {
        helpers.add(name);
    }

    void useMma() {
        mma = true;
    }

    void useWideMma() {
        wideMma = true;
    }

    void useLanes() {
        lanes = true;
    }

    int arrayNumber(String name) {
        int known = arrayNames.indexOf(name);
        if (known >= 0) {
            return known;
        }
        arrayNames.add(name);
        return arrayNames.size() - 1;
    }

    Target target() {
        return target;
    }

    Dialect dialect() {
        return dialect;
    }

    ConstantEvaluator constants() {
        return constants;
    }

    boolean checked() {
        return target.checked();
    }

    boolean restricts() {
        return target.restricts();
    }

    String faultDeclaration() {
        faults = true;

        return dialect.pointer(Element.INT, Space.GLOBAL, false) + "fault";
    }

    /** The function that takes the place of a method of Mods, or null where it does nothing. */
    @Nullable
    Function mod(String method, List<Value> arguments) {
        String key = "Mods." + method + arguments.getFirst();
        if (!modsWritten.containsKey(key)) {
            modsWritten.put(key, mods.write(this, unique("Mods_" + method), method, arguments));
        }
        return modsWritten.get(key);
    }

    boolean wantsGradient(int slot) {
        return mods.captures().get(slot).gradient();
    }

    boolean doubles() {
        return target.doubles();
    }

    void useRowHelpers(Set<String> used, boolean vectors) {
        helpers.addAll(used);
        lanes |= vectors;
    }

    /** Names that no variable may take. */
    List<String> captureNames() {
        List<String> names = new ArrayList<>(captured.values(false));
        names.addAll(captured.gradients(false, ""));
        return names;
    }

    List<String> bundleNames(Bundle bundle) {
        return bundle.role() == Bundle.Role.CAPTURES
                ? captured.values(false)
                : captured.gradients(false, bundle.item());
    }

    List<String> bundleDeclarations(Bundle.Role role) {
        return role == Bundle.Role.CAPTURES ? captured.values(true) : captured.gradients(true, "");
    }
}
