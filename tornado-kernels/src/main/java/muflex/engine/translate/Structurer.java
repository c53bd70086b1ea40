package muflex.engine.translate;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import muflex.engine.translate.Block.End;
import muflex.engine.translate.Block.Statement;
import org.jspecify.annotations.Nullable;

/** Prints blocks as C's own loops and conditionals; a goto is left only where C has no word for the jump. */
final class Structurer {

    /** What a break leaves; a loop also has a header to continue at. */
    private record Breakable(
            @Nullable Block after, @Nullable Block header) {}

    private record Line(
            int indent, String text, int source, @Nullable Block label) {}

    private final FlowShape shape;
    private final Dialect dialect;
    private final List<Line> lines = new ArrayList<>();
    private final Deque<Breakable> enclosing = new ArrayDeque<>();
    private final Set<Block> jumpedTo = new HashSet<>();
    private int indent = 1;

    private Structurer(FlowShape shape, Dialect dialect) {
        this.shape = shape;
        this.dialect = dialect;
    }

    static String print(Block entry, Dialect dialect) {
        Structurer structurer = new Structurer(new FlowShape(entry), dialect);
        structurer.node(entry, null);
        return structurer.text();
    }

    private String text() {
        StringBuilder text = new StringBuilder();
        int previous = 0;
        for (Line line : lines) {
            if (line.label != null && !jumpedTo.contains(line.label)) {
                continue;
            }
            text.append("  ".repeat(line.indent)).append(line.text);
            if (line.source > 0 && line.source != previous) {
                text.append("  // ").append(line.source);
                previous = line.source;
            }
            text.append('\n');
        }
        return text.toString();
    }

    private void line(String text, int source) {
        lines.add(new Line(indent, text, source, null));
    }

    private void open(String text, int source) {
        line(text, source);
        indent++;
    }

    private void close(String text) {
        indent--;
        line(text, 0);
    }

    /** Writes a block and all that it dominates; {@code next} is where control goes when it falls off the end. */
    private void node(Block block, @Nullable Block next) {
        if (!shape.isLoop(block)) {
            own(block, shape.follows(block), next);
            return;
        }
        List<Block> after = shape.afterLoop(block);
        Block exit = after.isEmpty() ? next : after.getFirst();
        loop(block, exit);
        sequence(after, next);
    }

    private void sequence(List<Block> blocks, @Nullable Block next) {
        for (int i = 0; i < blocks.size(); i++) {
            label(blocks.get(i));
            node(blocks.get(i), i + 1 < blocks.size() ? blocks.get(i + 1) : next);
        }
    }

    private void label(Block block) {
        lines.add(new Line(Math.max(indent - 1, 0), name(block) + ":;", 0, block));
    }

    private static String name(Block block) {
        return "at" + block.start;
    }

    private void loop(Block header, @Nullable Block exit) {
        List<Block> follows = shape.follows(header);
        Block first = follows.isEmpty() ? header : follows.getFirst();
        enclosing.push(new Breakable(exit, header));
        if (header.statements.isEmpty()
                && header.end instanceof End.Branch(Condition condition, Block then, Block otherwise)
                && exit != null
                && (then == exit || otherwise == exit)) {
            String again = (then == exit ? condition.negated() : condition).text();
            String before = dialect.beforeLoop(again);
            if (!before.isEmpty()) {
                line(before, 0);
            }
            open("while (" + again + ") {", header.endLine);
            jump(header, then == exit ? otherwise : then, first);
            sequence(follows, header);
        } else {
            open("for (;;) {", header.endLine);
            own(header, follows, header);
        }
        enclosing.pop();
        close("}");
    }

    private void own(Block block, List<Block> follows, @Nullable Block next) {
        for (Statement statement : block.statements) {
            line(statement.text() + ";", statement.line());
        }
        end(block, follows.isEmpty() ? next : follows.getFirst());
        sequence(follows, next);
    }

    private void end(Block block, @Nullable Block next) {
        switch (block.end) {
            case End.Jump(Block target) -> jump(block, target, next);
            case End.Return(var value) -> {
                if (value != null) {
                    line("return " + value.text() + ";", block.endLine);
                } else if (next != null || !enclosing.isEmpty()) {
                    line("return;", block.endLine);
                }
            }
            case End.Branch(Condition condition, Block then, Block otherwise) ->
                branch(block, condition, then, otherwise, next);
            case End.Choice choice -> choice(block, choice, next);
            case null -> throw new IllegalStateException(block + " was not simulated");
        }
    }

    private boolean inline(Block from, Block target) {
        return shape.inlineParent(target) == from;
    }

    /** Goes to {@code target}: by falling through, by writing it here, or by a jump. */
    private void jump(Block from, Block target, @Nullable Block next) {
        if (target == next) {
            return;
        }
        if (inline(from, target)) {
            node(target, next);
            return;
        }
        line(jumpText(target), from.endLine);
    }

    private static boolean onlyReturns(Block block) {
        return block.statements.isEmpty() && block.end instanceof End.Return(var value) && value == null;
    }

    /** Whether control gets to {@code target} by falling off the end. */
    private boolean falls(Block target, @Nullable Block next) {
        return target == next || next == null && enclosing.isEmpty() && onlyReturns(target);
    }

    private String jumpText(Block target) {
        if (onlyReturns(target)) {
            return "return;";
        }
        Breakable innermost = enclosing.peek();
        if (innermost != null && innermost.after == target) {
            return "break;";
        }
        Block header = enclosing.stream()
                .map(Breakable::header)
                .filter(h -> h != null)
                .findFirst()
                .orElse(null);
        if (header == target) {
            return "continue;";
        }
        jumpedTo.add(target);
        return "goto " + name(target) + ";";
    }

    private void branch(Block block, Condition condition, Block then, Block otherwise, @Nullable Block next) {
        boolean thenHere = inline(block, then);
        boolean otherwiseHere = inline(block, otherwise);
        if (falls(otherwise, next) || thenHere && !otherwiseHere && !falls(then, next)) {
            guard(block, condition, then, otherwise, next);
        } else if (falls(then, next) || otherwiseHere && !thenHere) {
            guard(block, condition.negated(), otherwise, then, next);
        } else if (thenHere) {
            // Both are written here: the fall-through arm first, as in the source.
            open("if (" + condition.negated().text() + ") {", block.endLine);
            node(otherwise, next);
            indent--;
            open("} else {", 0);
            node(then, next);
            close("}");
        } else {
            guard(block, condition, then, otherwise, next);
        }
    }

    /** {@code if (condition) arm}, then on to {@code rest}. */
    private void guard(Block block, Condition condition, Block arm, Block rest, @Nullable Block next) {
        if (falls(rest, next)) {
            if (inline(block, arm)) {
                open("if (" + condition.text() + ") {", block.endLine);
                node(arm, next);
                close("}");
            } else {
                line("if (" + condition.text() + ") " + jumpText(arm), block.endLine);
            }
        } else if (inline(block, arm)) {
            line("if (" + condition.negated().text() + ") " + jumpText(rest), block.endLine);
            node(arm, next);
        } else {
            line("if (" + condition.text() + ") " + jumpText(arm), block.endLine);
            jump(block, rest, next);
        }
    }

    private void choice(Block block, End.Choice choice, @Nullable Block next) {
        Map<Block, List<String>> labels = new LinkedHashMap<>();
        choice.cases()
                .forEach((value, target) ->
                        labels.computeIfAbsent(target, t -> new ArrayList<>()).add("case " + value + ":"));
        labels.computeIfAbsent(choice.otherwise(), t -> new ArrayList<>()).add("default:");
        open("switch (" + choice.selector().text() + ") {", block.endLine);
        enclosing.push(new Breakable(next, null));
        labels.forEach((target, names) -> {
            open(String.join(" ", names), 0);
            if (inline(block, target)) {
                node(target, null);
                leaveCase(next);
            } else {
                line(jumpText(target), block.endLine);
            }
            indent--;
        });
        enclosing.pop();
        close("}");
    }

    /** The end of a case is reached only where its text falls off its end. */
    private void leaveCase(@Nullable Block next) {
        String last = lines.getLast().text;
        if (!last.equals("break;") && !last.startsWith("return") && !last.startsWith("goto") && next != null) {
            line("break;", 0);
        }
    }
}
