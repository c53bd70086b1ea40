package muflex.engine.translate;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import muflex.engine.translate.Value.Scalar;
import muflex.expr.Derivative;
import muflex.expr.ExecutedRead;
import muflex.expr.Expr;
import muflex.expr.RowFunction;
import muflex.expr.RowFunction.Vary;

/** Writes whole functions over a row from lifted expressions. */
final class Rows {
    private final Translator program;
    private final Dialect dialect;
    private final boolean vectors;

    Rows(Translator program) {
        this.program = program;
        dialect = program.dialect();
        vectors = dialect instanceof OpenClC;
    }

    /**
     * The loop of {@code function}, in a function whose parameters are named by the row's parameters, {@code offset} of each
     * array after its name with {@code _offset}, {@code count}, and outputs as {@code outputs} with theirs.
     *
     * @param spaces where each parameter's array lives, ignored for others
     */
    String body(RowFunction function, List<Space> spaces, List<String> outputs, List<Space> outputSpaces) {
        RowWriter writer = new RowWriter(dialect, function.parameters(), function.vary(), vectors, program.doubles());
        writer.write(function.outputs());
        program.useRowHelpers(writer.helpers(), vectors);
        StringBuilder text = new StringBuilder();
        writer.before.forEach(line -> text.append("  ").append(line).append('\n'));
        text.append("  for (int i = 0; i < count; i += ")
                .append(vectors ? dialect.lanes : 1)
                .append(") {\n");
        for (int p = 0; p < function.parameters().size(); p++) {
            if (function.vary().get(p) == Vary.ARRAY) {
                String name = function.parameters().get(p).name();
                text.append("    const ")
                        .append(vectors ? "lanes " : "float ")
                        .append(name)
                        .append(" = ")
                        .append(load(name + "_row", name + "_offset", spaces.get(p)))
                        .append(";\n");
            }
        }
        writer.inside.forEach(line -> text.append("    ").append(line).append('\n'));
        for (int o = 0; o < outputs.size(); o++) {
            String value = writer.value(function.outputs().get(o)).text();
            text.append("    ")
                    .append(store(outputs.get(o) + "_row", outputs.get(o) + "_offset", outputSpaces.get(o), value))
                    .append(";\n");
        }
        return text.append("  }\n").toString();
    }

    /**
     * In a checked program the loop that reports captured arrays that {@code value} reads out of range; empty where it reads
     * none. Without it such a read gives 0.
     */
    String checks(List<Expr.Parameter> parameters, List<Vary> vary, Expr value) {
        List<ExecutedRead> reads = program.checked() ? ExecutedRead.of(value) : List.of();
        if (reads.isEmpty()) {
            return "";
        }
        RowWriter writer = new RowWriter(dialect, parameters, vary, false, program.doubles());
        writer.write(reads.stream()
                .flatMap(r -> Stream.concat(Stream.of(r.active()), r.read().operands().stream()))
                .toList());
        program.useRowHelpers(writer.helpers(), false);
        StringBuilder text = scalarLoop(writer, parameters, vary);
        for (ExecutedRead executed : reads) {
            Expr.Read read = executed.read();
            String length = CaptureNames.length(read.slot());
            text.append(
                    "    if (%s) {\n".formatted(writer.value(executed.active()).text()));
            Expr row = read.row();
            if (row != null) {
                String r = writer.value(row).text();
                text.append(check(r, length, "the rows of capture " + read.slot()));
                program.useRowHelpers(Set.of("rowLength_int"), false);
                length = "rowLength_int(%s, %s, %s)".formatted(CaptureNames.starts(read.slot()), r, length);
            }
            text.append(check(writer.value(read.index()).text(), length, "capture " + read.slot()))
                    .append("    }\n");
        }
        return text.append("  }\n").toString();
    }

    private String check(String index, String length, String array) {
        return "      (void) checked(%s, 1, %s, 0, %d, fault);\n"
                .formatted(index, length, program.arrayNumber(array + " of the user's function"));
    }

    /** The head of a loop by elements, with what is computed in it. */
    private static StringBuilder scalarLoop(RowWriter writer, List<Expr.Parameter> parameters, List<Vary> vary) {
        StringBuilder text = new StringBuilder();
        writer.before.forEach(line -> text.append("  ").append(line).append('\n'));
        text.append("  for (int i = 0; i < count; i++) {\n");
        IntStream.range(0, parameters.size())
                .filter(p -> vary.get(p) == Vary.ARRAY)
                .mapToObj(p -> parameters.get(p).name())
                .forEach(name ->
                        text.append("    const float %s = %s_row[%s_offset + i];\n".formatted(name, name, name)));
        writer.inside.forEach(line -> text.append("    ").append(line).append('\n'));
        return text;
    }

    private String load(String array, String offset, Space space) {
        return vectors
                ? "lanes_load_" + space.letter() + "(" + array + " + " + offset + " + i, count - i)"
                : array + "[" + offset + " + i]";
    }

    private String store(String array, String offset, Space space, String value) {
        return vectors
                ? "lanes_store_" + space.letter() + "(" + array + " + " + offset + " + i, " + value + ", count - i)"
                : array + "[" + offset + " + i] = " + value;
    }

    /**
     * The loop that adds {@code upstream · ∂value/∂captured} to the wanted gradients, element after element, so that the
     * sums are the same every time.
     */
    String scatter(List<Expr.Parameter> parameters, List<Vary> vary, Expr value, String upstream) {
        List<Derivative.ReadDerivative> all = Derivative.withRespectToReads(value).stream()
                .filter(d -> program.wantsGradient(d.read().slot()))
                .toList();
        if (all.isEmpty()) {
            return "";
        }
        RowWriter writer = new RowWriter(dialect, parameters, vary, false, program.doubles());
        List<Expr> roots = new ArrayList<>();
        all.forEach(d -> roots.addAll(List.of(d.active(), d.read().index(), d.partial())));
        writer.write(roots);
        program.useRowHelpers(writer.helpers(), false);
        StringBuilder text = scalarLoop(writer, parameters, vary);
        for (Derivative.ReadDerivative d : all) {
            int slot = d.read().slot();
            Scalar index = writer.value(d.read().index());
            text.append("    if (%s && (uint) (%s) < (uint) %s) %s[%s] += %s_row[%s_offset + i] * %s;\n"
                    .formatted(
                            writer.value(d.active()).in(C.BIT_OR),
                            index.text(),
                            CaptureNames.gradientLength(slot),
                            CaptureNames.gradient(slot),
                            index.text(),
                            upstream,
                            upstream,
                            writer.value(d.partial()).in(C.PRODUCT + 1)));
        }
        return text.append("  }\n").toString();
    }
}
