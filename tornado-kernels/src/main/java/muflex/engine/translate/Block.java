package muflex.engine.translate;

import java.lang.classfile.Instruction;
import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;
import muflex.engine.translate.Value.Scalar;
import org.jspecify.annotations.Nullable;

/** A basic block: first its instructions, then the C statements that they became. */
final class Block {

    /** An instruction with its bytecode index and source line. */
    record Step(Instruction instruction, int index, int line) {}

    /** One C statement without its semicolon; an assignment keeps its parts, so that two can become one. */
    record Statement(
            String text,
            int line,
            @Nullable String target,
            @Nullable Scalar value) {
        static Statement of(String text, int line) {
            return new Statement(text, line, null, null);
        }

        static Statement assign(String target, Scalar value, int line) {
            return new Statement(target + " = " + value.text(), line, target, value);
        }
    }

    /** How a block ends. */
    sealed interface End {
        record Jump(Block target) implements End {}

        record Branch(Condition condition, Block then, Block otherwise) implements End {}

        record Choice(Scalar selector, SequencedMap<Integer, Block> cases, Block otherwise) implements End {}

        record Return(@Nullable Scalar value) implements End {}
    }

    final int start;
    final List<Step> steps = new ArrayList<>();
    final List<Block> successors = new ArrayList<>();
    int predecessors;
    boolean visited;

    final List<Statement> statements = new ArrayList<>();
    int endLine;

    @Nullable
    End end;

    /** The operand stack on entry, from the first predecessor simulated; null while none has been. */
    @Nullable
    List<Value> entry;

    Block(int start) {
        this.start = start;
    }

    /** Where control goes, after simulation; a target named twice is listed once. */
    List<Block> targets() {
        return switch (end) {
            case End.Jump jump -> List.of(jump.target());
            case End.Branch branch ->
                branch.then() == branch.otherwise()
                        ? List.of(branch.then())
                        : List.of(branch.then(), branch.otherwise());
            case End.Choice choice -> {
                List<Block> all = new ArrayList<>(choice.cases().values());
                all.add(choice.otherwise());
                yield all.stream().distinct().toList();
            }
            case End.Return r -> List.of();
            case null -> throw new IllegalStateException("block at " + start + " was not simulated");
        };
    }

    @Override
    public String toString() {
        return "block at " + start;
    }
}
