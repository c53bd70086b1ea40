package muflex.engine.translate;

import java.lang.classfile.Attributes;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.lang.classfile.Instruction;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeAnnotation;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.ExceptionCatch;
import java.lang.classfile.instruction.IncrementInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LineNumber;
import java.lang.classfile.instruction.LocalVariable;
import java.lang.classfile.instruction.LookupSwitchInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.classfile.instruction.SwitchCase;
import java.lang.classfile.instruction.TableSwitchInstruction;
import java.lang.classfile.instruction.ThrowInstruction;
import java.lang.constant.ClassDesc;
import java.lang.reflect.AccessFlag;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A method's bytecode as basic blocks, with its local variables by name. */
final class MethodCode {

    /** A local variable of the source, live in [start, end). */
    record Local(int slot, int start, int end, String name, String descriptor) {}

    final String owner;
    final String name;
    final List<ClassDesc> parameters;
    final ClassDesc returnType;
    final int firstLine;

    /** In the order of the bytecode; the first is the entry. */
    final List<Block> blocks;

    /** Times that each variable is written, its parameter value not counted. */
    final Map<Local, Integer> stores = new LinkedHashMap<>();

    /** The loop variable marked {@code @Parallel}, or null. */
    final @Nullable Local parallel;

    private final List<Local> locals = new ArrayList<>();

    MethodCode(ClassModel owningClass, MethodModel method) {
        owner = owningClass.thisClass().asInternalName();
        name = method.methodName().stringValue();
        parameters = method.methodTypeSymbol().parameterList();
        returnType = method.methodTypeSymbol().returnType();
        if (!method.flags().has(AccessFlag.STATIC)) {
            throw new TranslationException("an instance method", title(), 0);
        }
        CodeAttribute code = (CodeAttribute)
                method.code().orElseThrow(() -> new TranslationException("a native or abstract method", title(), 0));
        List<Block.Step> steps = steps(code);
        refuseHandlers(code, steps);
        firstLine = steps.getFirst().line();
        readLocals(code);
        for (Block.Step step : steps) {
            countStore(step);
        }
        parallel = parallel(code);
        blocks = blocks(code, steps);
    }

    /** The method as errors and comments name it. */
    String title() {
        return owner.replace('/', '.') + "." + name;
    }

    /** The variable that {@code slot} holds for the instruction at {@code index}; a store sees the one it begins. */
    @Nullable
    Local local(int slot, int index) {
        for (Local local : locals) {
            if (local.slot == slot && local.start <= index && index < local.end) {
                return local;
            }
        }
        return null;
    }

    /** The names of variables that have more than one value in their life. */
    Set<String> reassigned() {
        Set<String> names = new HashSet<>();
        stores.forEach((local, count) -> {
            if ((count > 1 || local.start == 0) && !local.equals(parallel)) {
                names.add(local.name);
            }
        });
        return names;
    }

    /** Whether it calls a method of the class with this internal name. */
    boolean calls(String internalName) {
        return blocks.stream()
                .flatMap(block -> block.steps.stream())
                .anyMatch(step -> step.instruction() instanceof InvokeInstruction invoke
                        && invoke.owner().asInternalName().equals(internalName));
    }

    private List<Block.Step> steps(CodeAttribute code) {
        List<Block.Step> steps = new ArrayList<>();
        int index = 0;
        int line = 0;
        for (CodeElement element : code) {
            switch (element) {
                case LineNumber number -> line = number.line();
                case Instruction instruction -> {
                    steps.add(new Block.Step(instruction, index, line));
                    index += instruction.sizeInBytes();
                }
                default -> {}
            }
        }
        return steps;
    }

    private void refuseHandlers(CodeAttribute code, List<Block.Step> steps) {
        for (CodeElement element : code) {
            if (element instanceof ExceptionCatch handler) {
                int start = code.labelToBci(handler.tryStart());
                int line = steps.stream()
                        .filter(step -> step.index() >= start)
                        .findFirst()
                        .map(Block.Step::line)
                        .orElse(0);
                throw new TranslationException("try … catch", title(), line);
            }
        }
    }

    private void readLocals(CodeAttribute code) {
        for (CodeElement element : code) {
            if (element instanceof LocalVariable v) {
                locals.add(new Local(
                        v.slot(),
                        code.labelToBci(v.startScope()),
                        code.labelToBci(v.endScope()),
                        v.name().stringValue(),
                        v.typeSymbol().descriptorString()));
            }
        }
        if (locals.isEmpty() && !parameters.isEmpty()) {
            throw new TranslationException("a class compiled without -g (no names of local variables)", title(), 0);
        }
    }

    private void countStore(Block.Step step) {
        int after = step.index() + step.instruction().sizeInBytes();
        Local written = switch (step.instruction()) {
            case StoreInstruction store -> local(store.slot(), after);
            case IncrementInstruction increment -> local(increment.slot(), step.index());
            default -> null;
        };
        if (written != null) {
            stores.merge(written, 1, Integer::sum);
        }
    }

    private @Nullable Local parallel(CodeAttribute code) {
        var annotations = code.findAttribute(Attributes.runtimeInvisibleTypeAnnotations());
        if (annotations.isEmpty()) {
            return null;
        }
        Local found = null;
        for (TypeAnnotation annotation : annotations.get().annotations()) {
            if (annotation.annotation().className().equalsString(DialectNames.PARALLEL_DESCRIPTOR)
                    && annotation.targetInfo() instanceof TypeAnnotation.LocalVarTarget target) {
                if (found != null || target.table().size() != 1) {
                    throw new TranslationException("a second @Parallel loop", title(), firstLine);
                }
                var entry = target.table().getFirst();
                found = local(entry.index(), code.labelToBci(entry.startLabel()));
            }
        }
        return found;
    }

    private List<Block> blocks(CodeAttribute code, List<Block.Step> steps) {
        TreeMap<Integer, Block> byStart = new TreeMap<>();
        byStart.put(0, new Block(0));
        for (Block.Step step : steps) {
            List<Label> targets = targets(step.instruction());
            if (!targets.isEmpty() || ends(step.instruction())) {
                int after = step.index() + step.instruction().sizeInBytes();
                byStart.computeIfAbsent(after, Block::new);
            }
            for (Label target : targets) {
                byStart.computeIfAbsent(code.labelToBci(target), Block::new);
            }
        }
        Block current = byStart.firstEntry().getValue();
        for (Block.Step step : steps) {
            Block starting = byStart.get(step.index());
            current = starting == null ? current : starting;
            current.steps.add(step);
        }
        byStart.values().removeIf(block -> block.steps.isEmpty());
        for (Block block : byStart.values()) {
            connect(code, block, byStart);
        }
        return List.copyOf(byStart.values());
    }

    private static void connect(CodeAttribute code, Block block, NavigableMap<Integer, Block> byStart) {
        Instruction last = block.steps.getLast().instruction();
        for (Label target : targets(last)) {
            block.successors.add(byStart.get(code.labelToBci(target)));
        }
        boolean conditional = last instanceof BranchInstruction && !unconditional(last.opcode());
        if (conditional || !(last instanceof BranchInstruction) && !ends(last)) {
            block.successors.add(byStart.higherEntry(block.start).getValue());
        }
        for (Block successor : block.successors.stream().distinct().toList()) {
            successor.predecessors++;
        }
    }

    private static boolean unconditional(Opcode opcode) {
        return opcode == Opcode.GOTO || opcode == Opcode.GOTO_W;
    }

    private static boolean ends(Instruction instruction) {
        return instruction instanceof ReturnInstruction
                || instruction instanceof ThrowInstruction
                || instruction instanceof TableSwitchInstruction
                || instruction instanceof LookupSwitchInstruction;
    }

    /** Branch targets in order; a switch's cases, then its default. */
    private static List<Label> targets(Instruction instruction) {
        return switch (instruction) {
            case BranchInstruction branch -> List.of(branch.target());
            case TableSwitchInstruction s -> targets(s.cases(), s.defaultTarget());
            case LookupSwitchInstruction s -> targets(s.cases(), s.defaultTarget());
            default -> List.of();
        };
    }

    private static List<Label> targets(List<SwitchCase> cases, Label otherwise) {
        List<Label> all = new ArrayList<>();
        cases.forEach(c -> all.add(c.target()));
        all.add(otherwise);
        return all;
    }
}
