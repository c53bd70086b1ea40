package muflex.engine.translate;

import java.lang.classfile.Opcode;
import java.lang.constant.ClassDesc;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import muflex.engine.translate.Value.Array;
import muflex.engine.translate.Value.Bundle;
import muflex.engine.translate.Value.Scalar;
import org.jspecify.annotations.Nullable;

/** Writes one method as one C function, for arguments in given spaces, some of them constant. */
final class FunctionTranslator {
    private static final String SCRATCH = "scratch";

    /** Of arrays that a work group shares: what vector accesses want. */
    private static final int SHARED_ALIGNMENT = 16;

    final Translator program;
    final MethodCode code;
    final Frame frame;

    /** Integer arithmetic must wrap: the method mixes bits, as hashes and random numbers do. */
    final boolean wraps;

    /** Variables written once, by a constant or an array: they are that value. */
    final Map<MethodCode.Local, Value> fixed = new HashMap<>();

    private final boolean kernel;
    private final String cName;
    private final List<Value> arguments = new ArrayList<>();
    private final boolean[] lengths;
    private final boolean[] written;
    private final List<String> arrays = new ArrayList<>();
    private final TreeMap<Integer, Integer> scratch = new TreeMap<>();
    private boolean pure = true;
    private int sharedBytes;
    private int privateBytes;
    private int calleeBytes;
    private boolean faults;

    /** @param specialisation one for each parameter: an Array's space, a constant, or null for any scalar */
    FunctionTranslator(
            Translator program, MethodCode code, String cName, List<@Nullable Value> specialisation, boolean kernel) {
        this.program = program;
        this.code = code;
        this.cName = cName;
        this.kernel = kernel;
        frame = new Frame(program.dialect(), code.title(), code.reassigned());
        frame.at(code.firstLine);
        wraps = mixesBits();
        lengths = new boolean[specialisation.size()];
        written = new boolean[specialisation.size()];
        bindParameters(specialisation);
    }

    private boolean mixesBits() {
        return code.blocks.stream()
                .flatMap(block -> block.steps.stream())
                .map(step -> step.instruction().opcode())
                .anyMatch(opcode -> switch (opcode) {
                    case IXOR, LXOR, IUSHR, LUSHR -> true;
                    default -> false;
                });
    }

    private void bindParameters(List<@Nullable Value> specialisation) {
        int slot = 0;
        for (int i = 0; i < specialisation.size(); i++) {
            String descriptor = code.parameters.get(i).descriptorString();
            MethodCode.Local local = code.local(slot, 0);
            String name = local == null ? "unused" + i : local.name();
            Value given = specialisation.get(i);
            Value value = switch (given) {
                case Array array -> {
                    String array_ = frame.reserve(name);
                    String length = frame.reserve(name + "_length");
                    yield new Array(array.element(), array.space(), array_, length, i, array.known());
                }
                case Bundle bundle -> bundle;
                case Scalar constant -> constant;
                case Value.Comparison c -> throw frame.error("a comparison as an argument");
                case null -> {
                    Kind kind = Kind.find(descriptor);
                    if (kind == null) {
                        throw frame.error("the variable " + name + " of type " + descriptor);
                    }
                    yield Scalar.variable(kind, frame.parameter(name, kind));
                }
            };
            arguments.add(value);
            if (local != null && (!(value instanceof Scalar scalar) || scalar.constant() != null)) {
                if (code.stores.containsKey(local)) {
                    throw frame.error("parameter " + name + " assigned to; use another variable");
                }
                fixed.put(local, value);
            }
            slot += descriptor.equals("J") || descriptor.equals("D") ? 2 : 1;
        }
        program.captureNames().forEach(frame::reserve);
    }

    /** A kernel is one parallel loop with nothing after it, or the body of a work group's item. */
    private void checkShape() {
        MethodCode.Local item = code.parallel;
        if (!kernel && item != null) {
            throw frame.error("a @Parallel loop in a function that a kernel calls");
        }
        if (!kernel) {
            return;
        }
        if (item == null && !code.calls(DialectNames.WORK_GROUP)) {
            throw frame.error("a kernel without a @Parallel loop and without WorkGroup");
        }
        for (Block block : code.blocks) {
            if (item != null
                    && block.start >= item.end()
                    && block.steps.getFirst().instruction().opcode() != Opcode.RETURN) {
                frame.at(block.steps.getFirst().line());
                throw frame.error("a statement after the @Parallel loop");
            }
        }
    }

    /** Simulates, restructures and appends the function to the program. */
    Function translate() {
        checkShape();
        List<Block> order = reversePostorder();
        code.blocks.getFirst().entry = List.of();
        Simulator simulator = new Simulator(this);
        for (Block block : order) {
            if (block.entry != null) {
                simulator.run(block);
            }
        }
        FlowSimplifier.simplify(code.blocks.getFirst());
        String body = Structurer.print(code.blocks.getFirst(), program.dialect());
        Function function = new Function(
                cName, resultKind(), parameters(), pure, faults, Map.copyOf(scratch), privateBytes + calleeBytes);
        program.append(text(body));
        return function;
    }

    private List<Block> reversePostorder() {
        List<Block> order = new ArrayList<>();
        visit(code.blocks.getFirst(), order);
        Collections.reverse(order);
        return order;
    }

    private void visit(Block block, List<Block> postorder) {
        if (block.visited) {
            return;
        }
        block.visited = true;
        block.successors.forEach(successor -> visit(successor, postorder));
        postorder.add(block);
    }

    @Nullable
    Kind resultKind() {
        ClassDesc type = code.returnType;
        return type.descriptorString().equals("V") ? null : Kind.of(type.descriptorString());
    }

    private List<Function.Parameter> parameters() {
        List<Function.Parameter> parameters = new ArrayList<>();
        for (int i = 0; i < arguments.size(); i++) {
            boolean constant = arguments.get(i) instanceof Scalar scalar && scalar.constant() != null;
            parameters.add(new Function.Parameter(constant, lengths[i], written[i]));
        }
        return parameters;
    }

    /** The C expression of an array's length; the array of a parameter then comes with it. */
    String length(Array array) {
        if (array.parameter() >= 0) {
            lengths[array.parameter()] = true;
        }
        if (array.length() == null) {
            throw frame.error("the length of an array that does not have one");
        }
        return array.length();
    }

    void writes(Array array) {
        pure = false;
        if (array.parameter() >= 0) {
            written[array.parameter()] = true;
        }
    }

    void impure() {
        pure = false;
    }

    /** The function reports accesses out of bounds, itself or by what it calls. */
    void mayFault() {
        faults = true;
    }

    /** The work item's array number {@code slot}, of at least {@code size} elements; all functions share it. */
    Array scratch(int slot, int size) {
        scratch.merge(slot, size, Math::max);
        String name = SCRATCH + slot;
        return new Array(Element.FLOAT, Space.PRIVATE, name, name + "_length", -1, Map.of());
    }

    /** What the call of a function passes for the work item's arrays that it uses. */
    List<String> passScratch(Function callee) {
        List<String> passed = new ArrayList<>();
        calleeBytes = Math.max(calleeBytes, callee.privateBytes());
        new TreeMap<>(callee.scratch()).forEach((slot, size) -> {
            Array array = scratch(slot, size);
            passed.add(array.name());
            if (program.checked()) {
                passed.add(length(array));
            }
        });
        return passed;
    }

    private void declareScratch() {
        scratch.forEach((slot, size) -> {
            if (size == 0) {
                throw frame.error("scratch array " + slot + ", which nothing gives a size");
            }
            arrays.add(program.dialect().declare(Element.FLOAT, Space.PRIVATE, SCRATCH + slot, Integer.toString(size)));
            if (program.checked()) {
                arrays.add("const int " + SCRATCH + slot + "_length = " + size);
            }
        });
    }

    /** Declares an array of constant size. */
    Array declareArray(Element element, Space space, String wanted, int size) {
        if (space == Space.LOCAL && !kernel) {
            throw frame.error("an array of the work group outside of a kernel's own body");
        }
        String name = frame.reserve(wanted);
        if (space == Space.LOCAL) {
            arrays.add(program.dialect().declareShared(element, name, size, sharedBytes));
            sharedBytes += Math.ceilDiv(size * Float.BYTES, SHARED_ALIGNMENT) * SHARED_ALIGNMENT;
        } else {
            arrays.add(program.dialect().declare(element, space, name, Integer.toString(size)));
            privateBytes += size * Float.BYTES;
        }
        return new Array(element, space, name, Integer.toString(size), -1, Map.of());
    }

    /** Bytes of all arrays that a work item of this kernel has. */
    int itemBytes() {
        return privateBytes
                + calleeBytes
                + Float.BYTES
                        * scratch.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** Bytes of all arrays that a work group of this kernel shares. */
    int sharedBytes() {
        return sharedBytes;
    }

    private String text(String body) {
        Dialect dialect = program.dialect();
        Kind result = resultKind();
        if (kernel) {
            declareScratch();
        }
        StringBuilder text = new StringBuilder("\n// " + code.title() + ", line " + code.firstLine + "\n");
        if (sharedBytes > 0) {
            text.append(dialect.sharedNote(cName, sharedBytes));
        }
        text.append(
                        kernel
                                ? dialect.kernelHead()
                                : dialect.functionHead(result == null ? "void" : dialect.type(result)))
                .append(cName)
                .append('(')
                .append(String.join(", ", declaredParameters()))
                .append(") {\n");
        arrays.forEach(array -> text.append("  ").append(array).append(";\n"));
        Map<String, List<String>> byType = new LinkedHashMap<>();
        Set<String> used = words(body);
        frame.declarations().forEach((name, type) -> {
            if (used.contains(name)) {
                byType.computeIfAbsent(type, t -> new ArrayList<>()).add(name);
            }
        });
        byType.forEach((type, names) -> text.append("  ")
                .append(type)
                .append(' ')
                .append(String.join(", ", names))
                .append(";\n"));
        return text.append(body).append("}\n").toString();
    }

    private static Set<String> words(String text) {
        return Pattern.compile("\\w+")
                .matcher(text)
                .results()
                .map(match -> match.group())
                .collect(Collectors.toSet());
    }

    private List<String> declaredParameters() {
        Dialect dialect = program.dialect();
        List<String> declared = new ArrayList<>();
        for (int i = 0; i < arguments.size(); i++) {
            switch (arguments.get(i)) {
                case Array array -> {
                    String pointer = dialect.pointer(array.element(), array.space(), !written[i]);
                    declared.add(pointer + (kernel && program.restricts() ? dialect.restrict() : "") + array.name());
                    if (lengths[i]) {
                        declared.add("int " + array.length());
                    }
                }
                case Scalar scalar
                when scalar.constant() == null -> declared.add(dialect.type(scalar.kind()) + " " + scalar.text());
                case Bundle bundle -> declared.addAll(program.bundleDeclarations(bundle.role()));
                default -> {}
            }
        }
        for (int slot : kernel ? Set.<Integer>of() : scratch.keySet()) {
            declared.add(dialect.pointer(Element.FLOAT, Space.PRIVATE, false) + SCRATCH + slot);
            if (program.checked()) {
                declared.add("int " + SCRATCH + slot + "_length");
            }
        }
        if (faults) {
            declared.add(program.faultDeclaration());
        }
        return declared;
    }
}
