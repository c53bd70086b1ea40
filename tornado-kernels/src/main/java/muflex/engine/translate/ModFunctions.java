package muflex.engine.translate;

import java.util.ArrayList;
import java.util.List;
import muflex.expr.BinaryOp;
import muflex.expr.Derivative;
import muflex.expr.Expr;
import muflex.expr.RowFunction;
import muflex.expr.RowFunction.Vary;
import muflex.expr.Simplifier;
import muflex.expr.Type;
import org.jspecify.annotations.Nullable;

/**
 * What takes the place of {@code muflex.kernels.Mods}: the user's score mod and mask, lifted.
 *
 * @param score over {@link #PARAMETERS}; the parameter {@code score} itself for none
 * @param masked the same, −∞ where the mask forbids the pair
 * @param captures what both capture, by slot
 */
public record ModFunctions(Expr score, Expr masked, List<Capture> captures) {
    public static final Expr.Parameter SCORE = new Expr.Parameter(Type.FLOAT, 0, "score");

    /** The parameters of a score mod; those of a mask are all but the first. */
    public static final List<Expr.Parameter> PARAMETERS = List.of(
            SCORE,
            new Expr.Parameter(Type.INT, 1, "b"),
            new Expr.Parameter(Type.INT, 2, "h"),
            new Expr.Parameter(Type.INT, 3, "q"),
            new Expr.Parameter(Type.INT, 4, "kv"));

    private static final Expr.Parameter UPSTREAM = new Expr.Parameter(Type.FLOAT, 5, "upstream");
    private static final List<Vary> QUERIES = List.of(Vary.ARRAY, Vary.UNIFORM, Vary.UNIFORM, Vary.IOTA, Vary.UNIFORM);
    private static final List<Vary> KEYS = List.of(Vary.ARRAY, Vary.UNIFORM, Vary.UNIFORM, Vary.UNIFORM, Vary.IOTA);
    private static final List<Vary> KEYS_AND_UPSTREAM =
            List.of(Vary.ARRAY, Vary.UNIFORM, Vary.UNIFORM, Vary.UNIFORM, Vary.IOTA, Vary.ARRAY);

    /** No mods. */
    public static final ModFunctions NONE = new ModFunctions(SCORE, SCORE, List.of());

    public ModFunctions {
        captures = List.copyOf(captures);
    }

    /** Writes the method, or null where it does nothing. */
    @Nullable
    Function write(Translator program, String cName, String method, List<Value> arguments) {
        boolean masks = method.startsWith("masked");
        Expr value = masks ? masked : score;
        Rows rows = new Rows(program);
        Space space = ((Value.Array) arguments.getFirst()).space();
        return switch (method) {
            case "scoreQueries", "maskedQueries" -> row(program, rows, cName, QUERIES, value, space);
            case "scoreKeys", "maskedKeys" -> row(program, rows, cName, KEYS, value, space);
            case "derivativeKeys", "maskedDerivativeKeys" -> derivative(program, rows, cName, value, space);
            case "accumulateKeys", "maskedAccumulateKeys" -> accumulate(program, rows, cName, value, space);
            default -> throw new IllegalArgumentException("Mods: expected one of its methods, got " + method);
        };
    }

    private static @Nullable Function row(
            Translator program, Rows rows, String cName, List<Vary> vary, Expr value, Space space) {
        if (value.equals(SCORE)) {
            return null;
        }
        RowFunction function = new RowFunction(cName, PARAMETERS, vary, List.of(value));
        String checks = rows.checks(PARAMETERS, vary, value);
        String body = rows.body(function, List.of(space, space, space, space, space), List.of("score"), List.of(space));
        List<String> parameters = new ArrayList<>();
        parameters.add(pointer(program, space, false) + "score_row");
        parameters.addAll(List.of("int score_offset", "int count", "int b", "int h", "int q", "int kv"));
        parameters.addAll(program.bundleDeclarations(Value.Bundle.Role.CAPTURES));
        if (!checks.isEmpty()) {
            parameters.add(program.faultDeclaration());
        }
        program.append(text(program, cName, parameters, block(checks) + body));
        return function(cName, 8, 0, !checks.isEmpty());
    }

    private static @Nullable Function derivative(Translator program, Rows rows, String cName, Expr value, Space space) {
        Expr derivative = Derivative.withRespectTo(value, SCORE);
        if (derivative instanceof Expr.Constant constant && constant.value().equals(1f)) {
            return null;
        }
        Expr product = Simplifier.simplify(new Expr.Binary(BinaryOp.MUL, UPSTREAM, derivative));
        List<Expr.Parameter> all = new ArrayList<>(PARAMETERS);
        all.add(UPSTREAM);
        RowFunction function = new RowFunction(cName, all, KEYS_AND_UPSTREAM, List.of(product));
        String body = rows.body(
                function, List.of(space, space, space, space, space, space), List.of("upstream"), List.of(space));
        program.append(text(program, cName, derivativeParameters(program, space, true), body));
        return function(cName, 10, 2, false);
    }

    private static @Nullable Function accumulate(Translator program, Rows rows, String cName, Expr value, Space space) {
        String body = rows.scatter(PARAMETERS, KEYS, value, "upstream");
        if (body.isEmpty()) {
            return null;
        }
        List<String> parameters = derivativeParameters(program, space, false);
        parameters.addAll(program.bundleDeclarations(Value.Bundle.Role.GRADIENTS));
        program.append(text(program, cName, parameters, body));
        return function(cName, 11, -1, false);
    }

    private static List<String> derivativeParameters(Translator program, Space space, boolean written) {
        List<String> parameters = new ArrayList<>();
        parameters.add(pointer(program, space, true) + "score_row");
        parameters.add("int score_offset");
        parameters.add(pointer(program, space, !written) + "upstream_row");
        parameters.addAll(List.of("int upstream_offset", "int count", "int b", "int h", "int q", "int kv"));
        parameters.addAll(program.bundleDeclarations(Value.Bundle.Role.CAPTURES));
        return parameters;
    }

    /** Statements with variables of their own. */
    private static String block(String statements) {
        return statements.isEmpty() ? "" : "  {\n" + statements + "  }\n";
    }

    private static String pointer(Translator program, Space space, boolean readOnly) {
        return program.dialect().pointer(Element.FLOAT, space, readOnly);
    }

    private static String text(Translator program, String cName, List<String> parameters, String body) {
        return "\n// " + cName + ", from the user's function\n"
                + program.dialect().functionHead("void") + cName + "(" + String.join(", ", parameters) + ") {\n" + body
                + "}\n";
    }

    /** A function of that many Java parameters, which writes the array that is parameter {@code written}. */
    private static Function function(String cName, int parameters, int written, boolean faults) {
        List<Function.Parameter> all = new ArrayList<>();
        for (int i = 0; i < parameters; i++) {
            all.add(new Function.Parameter(false, false, i == written));
        }
        return new Function(cName, null, all, false, faults, java.util.Map.of(), 0);
    }
}
