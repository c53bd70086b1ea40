package muflex.engine.translate;

import java.lang.classfile.Attributes;
import java.lang.classfile.ClassModel;
import java.lang.classfile.FieldModel;
import java.lang.classfile.Instruction;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.IncrementInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.OperatorInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.reflect.AccessFlag;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Computes what a kernel's class computes from constants alone: static final fields such as a tile's width, and
 * functions of integers such as the number of panels. Array sizes on a device come from these.
 */
final class ConstantEvaluator {
    private static final int LIMIT = 100_000;

    private final ClassFiles classes;
    private final Target target;
    private final Map<String, Map<String, Number>> fields = new HashMap<>();
    private int steps;

    /** Something that is not integer arithmetic on constants. */
    private static final class NotConstant extends Exception {
        private static final long serialVersionUID = 1L;

        NotConstant() {
            super(null, null, false, false);
        }
    }

    ConstantEvaluator(ClassFiles classes, Target target) {
        this.classes = classes;
        this.target = target;
    }

    /** The number in a static final field, or null where it is not known. */
    @Nullable
    Number field(String owner, String name) {
        ClassModel model = classes.find(owner);
        if (model == null) {
            return null;
        }
        for (FieldModel field : model.fields()) {
            if (field.fieldName().equalsString(name) && field.flags().has(AccessFlag.FINAL)) {
                var constant = field.findAttribute(Attributes.constantValue());
                if (constant.isPresent()) {
                    return constant.get().constant().constantValue() instanceof Number number ? number : null;
                }
                return initialised(owner).get(name);
            }
        }
        return null;
    }

    /** What the static initialiser gives the fields that it computes from constants. */
    private Map<String, Number> initialised(String owner) {
        Map<String, Number> known = fields.get(owner);
        if (known != null) {
            return known;
        }
        Map<String, Number> values = new HashMap<>();
        fields.put(owner, values);
        MethodModel initialiser = classes.method(owner, "<clinit>", null);
        if (initialiser != null) {
            try {
                run(new MethodCode(Objects.requireNonNull(classes.find(owner)), initialiser), List.of(), values);
            } catch (NotConstant | TranslationException e) {
                // The fields that were set before stay known; the others are not.
                return values;
            }
        }
        return values;
    }

    /** The result of a static method for these arguments, or null where it is not integer arithmetic on constants. */
    @Nullable
    Integer call(String owner, String name, String descriptor, List<Integer> arguments) {
        steps = 0;
        try {
            return invoke(owner, name, descriptor, arguments);
        } catch (NotConstant | TranslationException | ArithmeticException e) {
            return null;
        }
    }

    private int invoke(String owner, String name, String descriptor, List<Integer> arguments) throws NotConstant {
        if (owner.equals(DialectNames.LANES) && arguments.isEmpty()) {
            return switch (name) {
                case "length" -> target.lanes();
                case "tileVectors" -> target.tileVectors();
                default -> throw new NotConstant();
            };
        }
        if (owner.equals("java/lang/Math") && arguments.size() == 2) {
            int a = arguments.get(0);
            int b = arguments.get(1);
            return switch (name) {
                case "min" -> Math.min(a, b);
                case "max" -> Math.max(a, b);
                case "floorDiv" -> Math.floorDiv(a, b);
                case "floorMod" -> Math.floorMod(a, b);
                case "ceilDiv" -> Math.ceilDiv(a, b);
                default -> throw new NotConstant();
            };
        }
        MethodModel method = owner.startsWith("java/") ? null : classes.method(owner, name, descriptor);
        if (method == null) {
            throw new NotConstant();
        }
        MethodCode code = new MethodCode(Objects.requireNonNull(classes.find(owner)), method);
        Integer result = run(code, arguments, new HashMap<>());
        if (result == null) {
            throw new NotConstant();
        }
        return result;
    }

    private @Nullable Integer run(MethodCode code, List<Integer> arguments, Map<String, Number> assigned)
            throws NotConstant {
        Map<Integer, Integer> locals = new HashMap<>();
        for (int i = 0; i < arguments.size(); i++) {
            locals.put(i, arguments.get(i));
        }
        List<Integer> stack = new ArrayList<>();
        Block block = code.blocks.getFirst();
        while (true) {
            Block next = block.successors.isEmpty() ? null : block.successors.getLast();
            for (Block.Step step : block.steps) {
                if (steps++ > LIMIT) {
                    throw new NotConstant();
                }
                Instruction instruction = step.instruction();
                switch (instruction) {
                    case ReturnInstruction r -> {
                        return r.opcode() == Opcode.IRETURN ? stack.getLast() : null;
                    }
                    case BranchInstruction branch ->
                        next = jumps(branch.opcode(), stack) ? block.successors.getFirst() : next;
                    case FieldInstruction field
                    when field.opcode() == Opcode.PUTSTATIC ->
                        assigned.put(field.name().stringValue(), stack.removeLast());
                    default -> apply(code, instruction, stack, locals, assigned);
                }
            }
            if (next == null) {
                throw new NotConstant();
            }
            block = next;
        }
    }

    private void apply(
            MethodCode code,
            Instruction instruction,
            List<Integer> stack,
            Map<Integer, Integer> locals,
            Map<String, Number> assigned)
            throws NotConstant {
        switch (instruction) {
            case ConstantInstruction c when c.constantValue() instanceof Integer value -> stack.add(value);
            case LoadInstruction load -> stack.add(known(locals.get(load.slot())));
            case StoreInstruction store -> locals.put(store.slot(), stack.removeLast());
            case IncrementInstruction increment -> locals.merge(increment.slot(), increment.constant(), Integer::sum);
            case OperatorInstruction operator -> operate(operator.opcode(), stack);
            case FieldInstruction field
            when field.opcode() == Opcode.GETSTATIC -> {
                String owner = field.owner().asInternalName();
                String name = field.name().stringValue();
                Number own = owner.equals(code.owner) ? assigned.get(name) : null;
                stack.add(known(own != null ? own : field(owner, name)));
            }
            case InvokeInstruction call
            when call.opcode() == Opcode.INVOKESTATIC -> {
                List<Integer> arguments = new ArrayList<>();
                for (int i = 0; i < call.typeSymbol().parameterCount(); i++) {
                    arguments.addFirst(stack.removeLast());
                }
                stack.add(invoke(
                        call.owner().asInternalName(),
                        call.name().stringValue(),
                        call.type().stringValue(),
                        arguments));
            }
            default -> throw new NotConstant();
        }
    }

    private static int known(@Nullable Number number) throws NotConstant {
        if (number instanceof Integer integer) {
            return integer;
        }
        throw new NotConstant();
    }

    private static void operate(Opcode opcode, List<Integer> stack) throws NotConstant {
        int b = stack.removeLast();
        if (opcode == Opcode.INEG) {
            stack.add(-b);
            return;
        }
        if (stack.isEmpty()) {
            throw new NotConstant();
        }
        int a = stack.removeLast();
        stack.add(
                switch (opcode) {
                    case IADD -> a + b;
                    case ISUB -> a - b;
                    case IMUL -> a * b;
                    case IDIV -> a / b;
                    case IREM -> a % b;
                    case IAND -> a & b;
                    case IOR -> a | b;
                    case IXOR -> a ^ b;
                    case ISHL -> a << b;
                    case ISHR -> a >> b;
                    case IUSHR -> a >>> b;
                    default -> throw new NotConstant();
                });
    }

    private static boolean jumps(Opcode opcode, List<Integer> stack) throws NotConstant {
        if (opcode == Opcode.GOTO || opcode == Opcode.GOTO_W) {
            return true;
        }
        int b = opcode.name().startsWith("IF_ICMP") ? stack.removeLast() : 0;
        int a = stack.removeLast();
        return switch (opcode) {
            case IFEQ, IF_ICMPEQ -> a == b;
            case IFNE, IF_ICMPNE -> a != b;
            case IFLT, IF_ICMPLT -> a < b;
            case IFLE, IF_ICMPLE -> a <= b;
            case IFGT, IF_ICMPGT -> a > b;
            case IFGE, IF_ICMPGE -> a >= b;
            default -> throw new NotConstant();
        };
    }
}
