package muflex.engine.translate;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import muflex.engine.translate.Block.End;
import muflex.engine.translate.Block.Statement;
import muflex.engine.translate.Value.Scalar;
import org.jspecify.annotations.Nullable;

/** Writes a choice where it is used, if that is once and at once: {@code y = a < b ? a : b} in one statement. */
final class ChoiceInliner {

    /** The statement {@code variable = value}. */
    private record Definition(String variable, Scalar value) {}

    private ChoiceInliner() {}

    static void inline(Block block, Block entry) {
        for (int i = block.statements.size() - 1; i >= 0; i--) {
            Statement statement = block.statements.get(i);
            String target = statement.target();
            Scalar value = statement.value();
            if (target == null || value == null || !target.startsWith(Frame.CHOICE) || uses(entry, target) != 2) {
                continue;
            }
            Definition choice = new Definition(target, value);
            boolean last = i + 1 == block.statements.size();
            if (last ? intoReturn(block, choice) : intoStatement(block, i + 1, choice)) {
                block.statements.remove(i);
            }
        }
    }

    /** How often the variable stands in the function. */
    private static int uses(Block entry, String variable) {
        int uses = 0;
        for (Block block : FlowSimplifier.reachable(entry)) {
            for (Statement statement : block.statements) {
                uses += count(statement.text(), variable);
            }
            uses += count(endText(block), variable);
        }
        return uses;
    }

    private static String endText(Block block) {
        return switch (block.end) {
            case End.Branch branch -> branch.condition().text();
            case End.Choice choice -> choice.selector().text();
            case End.Return(Scalar value) when value != null -> value.text();
            case null, default -> "";
        };
    }

    private static int count(String text, String variable) {
        return (int) word(variable).matcher(text).results().count();
    }

    private static Pattern word(String variable) {
        return Pattern.compile("\\b" + variable + "\\b");
    }

    private static boolean intoReturn(Block block, Definition choice) {
        if (!(block.end instanceof End.Return(Scalar value)) || value == null) {
            return false;
        }
        Scalar inlined = substitute(value, choice);
        if (inlined == null) {
            return false;
        }
        block.end = new End.Return(inlined);
        return true;
    }

    private static boolean intoStatement(Block block, int i, Definition choice) {
        Statement next = block.statements.get(i);
        if (next.target() != null && next.value() != null) {
            Scalar inlined = substitute(next.value(), choice);
            if (inlined != null) {
                block.statements.set(i, Statement.assign(next.target(), inlined, next.line()));
                return true;
            }
            return false;
        }
        String text = substitute(next.text(), choice);
        if (text == null) {
            return false;
        }
        block.statements.set(i, Statement.of(text, next.line()));
        return true;
    }

    private static @Nullable Scalar substitute(Scalar into, Definition choice) {
        if (into.text().equals(choice.variable())) {
            return choice.value();
        }
        String text = substitute(into.text(), choice);
        return text == null ? null : Scalar.of(into.kind(), text, into.precedence(), into, choice.value());
    }

    private static @Nullable String substitute(String into, Definition choice) {
        Matcher matcher = word(choice.variable()).matcher(into);
        if (!matcher.find()) {
            return null;
        }
        String before = into.substring(0, matcher.start());
        String after = into.substring(matcher.end());
        boolean alone = List.of("(", "[", "= ", ", ").stream().anyMatch(before::endsWith)
                && (after.isEmpty() || List.of(")", "]", ",").stream().anyMatch(after::startsWith))
                && !before.endsWith(") (");
        String value = choice.value().text();
        return before + (alone ? value : "(" + value + ")") + after;
    }
}
