package muflex.engine.translate;

import java.lang.classfile.instruction.StoreInstruction;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.List;
import muflex.engine.translate.Value.Array;
import muflex.engine.translate.Value.Scalar;
import org.jspecify.annotations.Nullable;

/** Calls of static methods: Java's mathematics, the dialect's types, functions of kernels. */
final class Calls {
    private final FunctionTranslator function;
    private final Translator program;
    private final Dialect dialect;
    private final Frame frame;
    private final JavaMath math;

    Calls(FunctionTranslator function) {
        this.function = function;
        program = function.program;
        dialect = program.dialect();
        frame = function.frame;
        math = new JavaMath(program, frame);
    }

    void invoke(String owner, String name, MethodTypeDesc type, Block.Step step) {
        List<Value> arguments = new ArrayList<>();
        for (int i = 0; i < type.parameterCount(); i++) {
            arguments.addFirst(frame.pop());
        }
        int after = step.index() + step.instruction().sizeInBytes();
        switch (owner) {
            case "java/lang/Math", "java/lang/StrictMath", "java/lang/Float", "java/lang/Integer", "java/lang/Double" ->
                frame.push(math.call(owner, name, type, scalars(arguments)));
            case DialectNames.LANES -> lanes(name, type, arguments);
            case DialectNames.SCRATCH -> frame.push(scratch(arguments));
            case DialectNames.MMA -> mma(name, arguments);
            case DialectNames.WIDE_MMA -> wideMma(name, type, arguments);
            case DialectNames.WORK_GROUP -> workGroup(name, arguments, after);
            default -> function(owner, name, type, arguments);
        }
    }

    private Scalar[] scalars(List<Value> values) {
        Scalar[] scalars = new Scalar[values.size()];
        for (int i = 0; i < scalars.length; i++) {
            if (!(values.get(i) instanceof Scalar scalar)) {
                throw frame.error("an array passed to a mathematical function");
            }
            scalars[i] = scalar;
        }
        return scalars;
    }

    private void lanes(String name, MethodTypeDesc type, List<Value> arguments) {
        program.useLanes();
        switch (name) {
            case "length" -> frame.push(C.constant(dialect.lanes));
            case "tileVectors" -> frame.push(C.constant(program.target().tileVectors()));
            case "load" -> {
                Array array = (Array) arguments.get(0);
                Scalar count = arguments.size() > 2 ? (Scalar) arguments.get(2) : null;
                Scalar index = checked(array, (Scalar) arguments.get(1), span(count));
                frame.push(dialect.loadLanes(array, index, count));
            }
            case "store" -> {
                Array array = (Array) arguments.get(0);
                Scalar count = arguments.size() > 3 ? (Scalar) arguments.get(3) : null;
                Scalar index = checked(array, (Scalar) arguments.get(1), span(count));
                function.writes(array);
                frame.memoryChanges();
                frame.emit(dialect.storeLanes(array, index, (Scalar) arguments.get(2), count));
            }
            default ->
                frame.push(dialect.lanes(Kind.of(type.returnType().descriptorString()), name, scalars(arguments)));
        }
    }

    /** The elements that a load or store of lanes touches. */
    private String span(@Nullable Scalar count) {
        return count == null
                ? Integer.toString(dialect.lanes)
                : "min(max(" + count.text() + ", 0), " + dialect.lanes + ")";
    }

    /** The index, in a checked program through the function that reports it where it is out of bounds. */
    Scalar checked(Array array, Scalar index, String span) {
        if (!program.checked()) {
            return index;
        }
        function.mayFault();
        String text = "checked(" + index.text() + ", " + span + ", " + function.length(array) + ", " + frame.line()
                + ", " + program.arrayNumber(array.name() + " in " + function.code.title()) + ", fault)";
        return Scalar.of(Kind.INT, text, C.PRIMARY, index);
    }

    /** The name of the variable that the value just computed is stored to, or {@code otherwise}. */
    String nextName(int after, String otherwise) {
        for (Block block : function.code.blocks) {
            for (Block.Step step : block.steps) {
                if (step.index() == after && step.instruction() instanceof StoreInstruction store) {
                    MethodCode.Local local = function.code.local(store.slot(), after + store.sizeInBytes());
                    return local == null ? otherwise : local.name();
                }
            }
        }
        return otherwise;
    }

    private Array scratch(List<Value> arguments) {
        return function.scratch(constantSize(arguments.get(0)), constantSize(arguments.get(1)));
    }

    private int constantSize(Value size) {
        if (size instanceof Scalar scalar && scalar.constant() instanceof Integer length) {
            return length;
        }
        throw frame.error("an array whose size is not constant: " + (size instanceof Scalar s ? s.text() : "an array"));
    }

    private void workGroup(String name, List<Value> arguments, int after) {
        switch (name) {
            case "globalId" -> frame.push(Scalar.of(Kind.INT, dialect.globalId(), C.UNARY));
            case "localId" -> frame.push(Scalar.of(Kind.INT, dialect.localId(), C.UNARY));
            case "groupId" -> frame.push(Scalar.of(Kind.INT, dialect.groupId(), C.UNARY));
            case "localSize" -> frame.push(Scalar.of(Kind.INT, dialect.localSize(), C.UNARY));
            case "unrolled" -> frame.push(dialect.unrolled((Scalar) arguments.getFirst()));
            case "barrier" -> {
                function.impure();
                frame.memoryChanges();
                frame.emit(dialect.barrier());
            }
            case "localFloats" ->
                frame.push(function.declareArray(
                        Element.FLOAT, Space.LOCAL, nextName(after, "shared"), constantSize(arguments.getFirst())));
            default -> throw frame.error("WorkGroup." + name);
        }
    }

    /** A call on matrix fragments; an array and the index behind it are one address. */
    private void mma(String name, List<Value> arguments) {
        requireMma("Mma." + name);
        program.useMma();
        if (name.equals("pack") || name.equals("exp2") || name.equals("max") || name.equals("interleave")) {
            frame.push(C.call(Kind.FLOAT, "mma_" + name, scalars(arguments)));
            return;
        }
        function.impure();
        frame.memoryChanges();
        String call = "mma_" + passed(name, arguments);
        switch (name) {
            case "rowMax", "rowSum", "fromLane", "fromPartner" ->
                frame.push(frame.temporary(Scalar.of(Kind.FLOAT, call, C.PRIMARY, scalars(arguments))));
            case "lane", "any" -> frame.push(frame.temporary(Scalar.of(Kind.INT, call, C.PRIMARY, scalars(arguments))));
            case "loadA", "loadColumns", "loadRows" -> emitWriting(call, arguments.get(3));
            case "multiply" -> emitWriting(call, arguments.get(4));
            case "copy", "read", "readQuad", "write" -> emitWriting(call, arguments.get(2));
            case "commit" -> frame.emit(call);
            case "await" -> frame.emit("mma_await<" + constantSize(arguments.getFirst()) + ">()");
            default -> throw frame.error("Mma." + name);
        }
    }

    private void requireMma(String what) {
        if (dialect.mmaSupport().isEmpty()) {
            throw frame.error(what + ", which only CUDA has");
        }
    }

    private static String passed(String name, List<Value> arguments) {
        List<String> passed = new ArrayList<>();
        for (int i = 0; i < arguments.size(); i++) {
            if (arguments.get(i) instanceof Array array) {
                passed.add(Dialect.address(array, (Scalar) arguments.get(++i)));
            } else {
                passed.add(((Scalar) arguments.get(i)).text());
            }
        }
        return name + "(" + String.join(", ", passed) + ")";
    }

    /** A call on products of four warps, likewise; {@code swizzled} is arithmetic. */
    private void wideMma(String name, MethodTypeDesc type, List<Value> arguments) {
        if (name.equals("swizzled")) {
            function(DialectNames.WIDE_MMA, name, type, arguments);
            return;
        }
        requireMma("WideMma." + name);
        program.useWideMma();
        function.impure();
        frame.memoryChanges();
        switch (name) {
            case "multiplyColumns", "multiplyRows" -> emitWriting("wide_" + passed(name, arguments), arguments.get(5));
            case "publish", "fence", "commit" -> frame.emit("wide_" + passed(name, arguments));
            case "take" -> emitWriting("wide_" + passed(name, arguments), arguments.getFirst());
            case "await" -> frame.emit("wide_await<" + constantSize(arguments.getFirst()) + ">()");
            default -> throw frame.error("WideMma." + name);
        }
    }

    private void emitWriting(String call, Value array) {
        function.writes((Array) array);
        frame.emit(call);
    }

    /** The arguments, if all are integer constants; else null. */
    private static @Nullable List<Integer> constants(List<Value> arguments) {
        List<Integer> constants = new ArrayList<>();
        for (Value argument : arguments) {
            if (!(argument instanceof Scalar scalar) || !(scalar.constant() instanceof Integer constant)) {
                return null;
            }
            constants.add(constant);
        }
        return constants;
    }

    private void function(String owner, String name, MethodTypeDesc type, List<Value> arguments) {
        List<Integer> constants = constants(arguments);
        Integer known =
                constants == null ? null : program.constants().call(owner, name, type.descriptorString(), constants);
        if (known != null) {
            frame.push(C.constant(known));
            return;
        }

        Function callee = owner.equals(DialectNames.MODS)
                ? program.mod(name, arguments)
                : program.function(owner, name, type, arguments, frame);
        if (callee == null) {
            return;
        }

        List<String> passed = new ArrayList<>();
        List<Scalar> reads = new ArrayList<>();
        boolean memory = false;
        for (int i = 0; i < arguments.size(); i++) {
            Function.Parameter parameter = callee.parameters().get(i);
            switch (arguments.get(i)) {
                case Scalar scalar
                when !parameter.constant() -> {
                    passed.add(scalar.text());
                    reads.add(scalar);
                }
                case Array array -> {
                    passed.add(array.name());
                    memory = true;
                    if (parameter.length()) {
                        passed.add(function.length(array));
                    }
                    if (parameter.written()) {
                        function.writes(array);
                    }
                }
                case Value.Bundle bundle -> {
                    passed.addAll(program.bundleNames(bundle));
                    memory = true;
                }
                default -> {}
            }
        }
        passed.addAll(function.passScratch(callee));
        if (callee.faults()) {
            function.mayFault();
            passed.add("fault");
        }
        String text = callee.name() + "(" + String.join(", ", passed) + ")";
        if (!callee.pure()) {
            function.impure();
            frame.memoryChanges();
        }
        if (callee.result() == null) {
            frame.emit(text);
            return;
        }
        Scalar result = Scalar.of(callee.result(), text, C.PRIMARY, reads.toArray(Scalar[]::new));
        result = memory ? result.fromMemory() : result;
        frame.push(callee.pure() ? result : frame.temporary(result));
    }
}
