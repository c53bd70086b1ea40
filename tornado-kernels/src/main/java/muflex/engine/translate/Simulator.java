package muflex.engine.translate;

import java.lang.classfile.Instruction;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.ArrayLoadInstruction;
import java.lang.classfile.instruction.ArrayStoreInstruction;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.ConvertInstruction;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.IncrementInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.LookupSwitchInstruction;
import java.lang.classfile.instruction.NewObjectInstruction;
import java.lang.classfile.instruction.NewPrimitiveArrayInstruction;
import java.lang.classfile.instruction.NopInstruction;
import java.lang.classfile.instruction.OperatorInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.classfile.instruction.StackInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.classfile.instruction.SwitchCase;
import java.lang.classfile.instruction.TableSwitchInstruction;
import java.lang.classfile.instruction.ThrowInstruction;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import muflex.engine.translate.Block.End;
import muflex.engine.translate.Value.Array;
import muflex.engine.translate.Value.Comparison;
import muflex.engine.translate.Value.Scalar;

/** Runs a block's instructions on a stack of C expressions; what changes something becomes a statement. */
final class Simulator {
    private final FunctionTranslator function;
    private final MethodCode code;
    private final Frame frame;
    private final Operators operators;
    private final Calls calls;

    Simulator(FunctionTranslator function) {
        this.function = function;
        code = function.code;
        frame = function.frame;
        operators = new Operators(frame, function.program.dialect(), function.wraps);
        calls = new Calls(function);
    }

    void run(Block block) {
        frame.enter(Objects.requireNonNull(block.entry), block.statements);
        for (Block.Step step : block.steps) {
            frame.at(step.line());
            block.endLine = step.line();
            step(block, step);
            if (block.end != null) {
                return;
            }
        }
        leave(block, new End.Jump(block.successors.getFirst()));
    }

    private void step(Block block, Block.Step step) {
        int after = step.index() + step.instruction().sizeInBytes();
        Instruction instruction = step.instruction();
        switch (instruction) {
            case ConstantInstruction c -> constant(c);
            case LoadInstruction load -> frame.push(read(load.slot(), load.typeKind(), step.index()));
            case StoreInstruction store -> write(store, after);
            case IncrementInstruction increment -> increment(block, increment, step.index());
            case ArrayLoadInstruction ignored -> loadElement();
            case ArrayStoreInstruction ignored -> storeElement();
            case NewPrimitiveArrayInstruction array -> newArray(array, after);
            case StackInstruction s -> shuffle(s.opcode());
            case ConvertInstruction convert -> frame.push(operators.convert(convert.opcode(), frame.popScalar()));
            case OperatorInstruction operator when operator.opcode() == Opcode.ARRAYLENGTH -> arrayLength();
            case OperatorInstruction operator -> operators.apply(operator.opcode());
            case BranchInstruction branch -> branch(block, branch.opcode());
            case TableSwitchInstruction s -> choose(block, s.cases());
            case LookupSwitchInstruction s -> choose(block, s.cases());
            case ReturnInstruction ignored
            when inParallelLoop(step) -> throw frame.error("a return inside the @Parallel loop; use continue");
            case ReturnInstruction r ->
                block.end = new End.Return(r.opcode() == Opcode.RETURN ? null : frame.popScalar());
            case InvokeInstruction invoke
            when invoke.opcode() == Opcode.INVOKESTATIC ->
                calls.invoke(invoke.owner().asInternalName(), invoke.name().stringValue(), invoke.typeSymbol(), step);
            case InvokeInstruction invoke ->
                throw frame.error("a call of the instance method "
                        + invoke.owner().asInternalName().replace('/', '.') + "."
                        + invoke.name().stringValue());
            case FieldInstruction field when field.opcode() == Opcode.GETSTATIC -> frame.push(staticField(field));
            case NewObjectInstruction thrown
            when block.steps.getLast().instruction() instanceof ThrowInstruction ->
                fail(block, thrown.className().asInternalName());
            case NopInstruction ignored -> {}
            default -> throw frame.error("the instruction " + instruction.opcode());
        }
    }

    /** {@code throw new …}: reported, and the item ends; what the message would have said is not known here. */
    private void fail(Block block, String exception) {
        function.mayFault();
        String name = exception.substring(exception.lastIndexOf('/') + 1) + " in " + code.title();
        frame.emit("thrown(" + frame.line() + ", " + function.program.arrayNumber(name) + ", fault)");
        block.end = new End.Return(function.resultKind() == null ? null : C.constant(0));
    }

    private boolean inParallelLoop(Block.Step step) {
        MethodCode.Local item = code.parallel;
        return item != null && item.start() <= step.index() && step.index() < item.end();
    }

    private void constant(ConstantInstruction c) {
        if (c.constantValue() instanceof Number number) {
            frame.push(C.constant(number));
        } else {
            throw frame.error("the constant " + c.constantValue());
        }
    }

    private Value staticField(FieldInstruction field) {
        Number value = function.program
                .constants()
                .field(field.owner().asInternalName(), field.name().stringValue());
        if (value == null) {
            throw frame.error("the field " + field.owner().asInternalName().replace('/', '.') + "."
                    + field.name().stringValue() + ", which is not static final with a number");
        }
        return C.constant(value);
    }

    private Value read(int slot, TypeKind type, int index) {
        MethodCode.Local local = local(slot, index);
        Value known = function.fixed.get(local);
        if (known != null) {
            return known;
        }
        if (type == TypeKind.REFERENCE && !local.descriptor().equals(DialectNames.LANES_DESCRIPTOR)) {
            throw frame.error("the variable " + local.name() + " of type " + local.descriptor());
        }
        Kind kind = Kind.of(local.descriptor());
        return Scalar.variable(kind, frame.variable(local.name(), kind));
    }

    private MethodCode.Local local(int slot, int index) {
        MethodCode.Local local = code.local(slot, index);
        if (local == null) {
            throw frame.error("a variable without a name (slot " + slot + ")");
        }
        return local;
    }

    private void write(StoreInstruction store, int after) {
        Value value = frame.pop();
        MethodCode.Local local = local(store.slot(), after);
        boolean once = code.stores.getOrDefault(local, 0) == 1;
        switch (value) {
            case Scalar scalar
            when once && scalar.constant() != null && !local.equals(code.parallel) -> function.fixed.put(local, scalar);
            case Scalar scalar -> {
                String name = frame.variable(local.name(), scalar.kind());
                frame.changes(name);
                frame.assign(name, local.equals(code.parallel) ? workItem(scalar) : scalar);
            }
            case Array array when once -> function.fixed.put(local, array);
            case Array array -> throw frame.error("array variable " + local.name() + " assigned twice; use two");
            default -> throw frame.error("the variable " + local.name() + " of type " + local.descriptor());
        }
    }

    /** The parallel loop's variable starts at its own item. */
    private Scalar workItem(Scalar first) {
        Scalar id = Scalar.of(Kind.INT, function.program.dialect().globalId(), C.UNARY);
        return C.binary(Kind.INT, "+", first, id);
    }

    private void increment(Block block, IncrementInstruction increment, int index) {
        MethodCode.Local local = local(increment.slot(), index);
        if (local.equals(code.parallel)) {
            if (increment.constant() != 1) {
                throw frame.error("a @Parallel loop whose step is not 1");
            }
            block.end = new End.Return(null);
            return;
        }
        String name = frame.variable(local.name(), Kind.INT);
        frame.changes(name);
        Scalar variable = Scalar.variable(Kind.INT, name);
        int by = increment.constant();
        frame.assign(name, operators.arithmetic(by < 0 ? "-" : "+", variable, C.constant(Math.abs(by))));
    }

    private void loadElement() {
        Scalar index = frame.popScalar();
        if (frame.stack().getLast() instanceof Value.Bundle bundle) {
            frame.pop();
            frame.push(pick(bundle, index));
            return;
        }
        Array array = frame.popArray();
        Integer known = index.constant() instanceof Integer at ? array.known().get(at) : null;
        if (known != null) {
            frame.push(C.constant(known));
            return;
        }
        Scalar checked = calls.checked(array, index, "1");
        frame.push(Scalar.of(array.element().kind(), array.name() + "[" + checked.text() + "]", C.PRIMARY, checked)
                .fromMemory());
    }

    /** One item's gradients; they are passed on at once, while the index is what it is. */
    private Value pick(Value.Bundle bundle, Scalar index) {
        if (bundle.role() != Value.Bundle.Role.GRADIENT_SETS) {
            throw frame.error("an element of captured values");
        }
        return new Value.Bundle(Value.Bundle.Role.GRADIENTS, index.in(C.PRODUCT));
    }

    private void storeElement() {
        Scalar value = frame.popScalar();
        Scalar index = frame.popScalar();
        Array array = frame.popArray();
        function.writes(array);
        frame.memoryChanges();
        frame.emit(array.name() + "[" + calls.checked(array, index, "1").text() + "] = " + value.text());
    }

    private void newArray(NewPrimitiveArrayInstruction instruction, int after) {
        Scalar size = frame.popScalar();
        if (!(size.constant() instanceof Integer length)) {
            throw frame.error("an array whose size is not constant: " + size.text());
        }
        Element element = Element.of(instruction.typeKind().upperBound().descriptorString());
        Array array = function.declareArray(element, Space.PRIVATE, calls.nextName(after, "array"), length);
        frame.emit("for (int i = 0; i < " + length + "; i++) " + array.name() + "[i] = 0");
        frame.push(array);
    }

    private void arrayLength() {
        Array array = frame.popArray();
        String length = function.length(array);
        boolean number = Character.isDigit(length.charAt(0));
        frame.push(number ? C.constant(Integer.valueOf(length)) : Scalar.variable(Kind.INT, length));
    }

    private void shuffle(Opcode opcode) {
        switch (opcode) {
            case POP -> frame.pop();
            case POP2 -> {
                if (!wide(frame.pop())) {
                    frame.pop();
                }
            }
            case DUP -> {
                Value a = frame.popSimple();
                frame.push(a);
                frame.push(a);
            }
            case DUP_X1 -> {
                Value a = frame.popSimple();
                Value b = frame.pop();
                List.of(a, b, a).forEach(frame::push);
            }
            case DUP_X2 -> {
                Value a = frame.popSimple();
                Value b = frame.pop();
                if (wide(b)) {
                    List.of(a, b, a).forEach(frame::push);
                } else {
                    Value c = frame.pop();
                    List.of(a, c, b, a).forEach(frame::push);
                }
            }
            case DUP2 -> {
                Value a = frame.popSimple();
                if (wide(a)) {
                    List.of(a, a).forEach(frame::push);
                } else {
                    Value b = frame.popSimple();
                    List.of(b, a, b, a).forEach(frame::push);
                }
            }
            case SWAP -> {
                Value a = frame.pop();
                Value b = frame.pop();
                List.of(a, b).forEach(frame::push);
            }
            default -> throw frame.error("the instruction " + opcode);
        }
    }

    private static boolean wide(Value value) {
        return value instanceof Scalar scalar && scalar.kind().wide();
    }

    private void branch(Block block, Opcode opcode) {
        if (opcode == Opcode.GOTO || opcode == Opcode.GOTO_W) {
            leave(block, new End.Jump(block.successors.getFirst()));
            return;
        }
        String name = opcode.name();
        if (!name.matches("IF(_ICMP)?(EQ|NE|LT|LE|GT|GE)")) {
            throw frame.error("a comparison of references");
        }
        String relation = switch (name.substring(name.length() - 2)) {
            case "EQ" -> "==";
            case "NE" -> "!=";
            case "LT" -> "<";
            case "LE" -> "<=";
            case "GT" -> ">";
            default -> ">=";
        };
        Value right = name.startsWith("IF_ICMP") ? frame.popScalar() : frame.pop();
        Condition condition = switch (right) {
            case Comparison comparison -> Condition.of(comparison, relation);
            case Scalar scalar when name.startsWith("IF_ICMP") -> Condition.of(frame.popScalar(), relation, scalar);
            case Scalar scalar -> Condition.of(scalar, relation, C.constant(0));
            default -> throw frame.error("a branch on an array");
        };
        Block then = block.successors.get(0);
        Block otherwise = block.successors.get(1);
        Boolean decided = condition.decided();
        if (decided != null) {
            leave(block, new End.Jump(decided ? then : otherwise));
        } else {
            leave(block, new End.Branch(condition, then, otherwise));
        }
    }

    private void choose(Block block, List<SwitchCase> cases) {
        Scalar selector = frame.popScalar();
        TreeMap<Integer, Block> targets = new TreeMap<>();
        for (int i = 0; i < cases.size(); i++) {
            targets.put(cases.get(i).caseValue(), block.successors.get(i));
        }
        leave(block, new End.Choice(selector, targets, block.successors.getLast()));
    }

    /** Ends the block and hands the stack to its successors. */
    private void leave(Block block, End end) {
        block.end = end;
        List<Block> targets = block.targets();
        if (targets.size() > 1) {
            frame.pin();
        }
        for (Block target : targets) {
            enter(target, target.predecessors > 1 ? frame.settled(target) : List.copyOf(frame.stack()));
        }
    }

    private void enter(Block target, List<Value> stack) {
        if (target.entry == null) {
            target.entry = stack;
        } else if (!target.entry.equals(stack)) {
            throw frame.error("an array chosen at run time");
        }
    }
}
