package muflex.engine.translate;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import muflex.engine.translate.Block.Statement;
import muflex.engine.translate.Value.Scalar;

/**
 * What simulating a function changes: the operand stack, the statements written so far, the C variables declared.
 * Expressions stay on the stack unevaluated; before something that they read changes, they move to a temporary.
 */
final class Frame {
    /** Begins the names of variables that hold what one of several blocks computes. */
    static final String CHOICE = "choice";

    private final Dialect dialect;
    private final String method;
    private final Map<String, String> declarations = new LinkedHashMap<>();
    private final Map<String, String> variableNames = new LinkedHashMap<>();
    private final Map<String, String> choices = new HashMap<>();
    private final IdentityHashMap<Value, Boolean> pinned = new IdentityHashMap<>();
    private final Set<String> reassigned;
    private int temporaries;

    private List<Value> stack = new ArrayList<>();
    private List<Statement> statements = new ArrayList<>();
    private int line;

    /** @param reassigned the Java variables that are assigned more than once */
    Frame(Dialect dialect, String method, Set<String> reassigned) {
        this.dialect = dialect;
        this.method = method;
        this.reassigned = reassigned;
    }

    /** Goes on in another block. */
    void enter(List<Value> entryStack, List<Statement> blockStatements) {
        stack = new ArrayList<>(entryStack);
        statements = blockStatements;
    }

    void at(int newLine) {
        line = newLine;
    }

    int line() {
        return line;
    }

    TranslationException error(String construct) {
        return new TranslationException(construct, method, line);
    }

    List<Value> stack() {
        return stack;
    }

    void push(Value value) {
        stack.add(value);
    }

    Value pop() {
        return stack.removeLast();
    }

    Scalar popScalar() {
        Value value = pop();
        if (value instanceof Scalar scalar) {
            return scalar;
        }
        throw error(value instanceof Value.Comparison ? "a comparison used as a number" : "an array used as a number");
    }

    Value.Array popArray() {
        if (pop() instanceof Value.Array array) {
            return array;
        }
        throw error("an array chosen at run time or nested");
    }

    void emit(String statement) {
        statements.add(Statement.of(statement, line));
    }

    void assign(String variable, Scalar value) {
        statements.add(Statement.assign(variable, value, line));
    }

    /** The C variable of a Java variable; one name for all variables of that name and kind. */
    String variable(String javaName, Kind kind) {
        String known = variableNames.get(javaName + ":" + kind);
        if (known != null) {
            return known;
        }
        String name = free(javaName);
        variableNames.put(javaName + ":" + kind, name);
        declarations.put(name, dialect.type(kind));
        return name;
    }

    /** As {@link #variable}, for a parameter, which its signature declares. */
    String parameter(String javaName, Kind kind) {
        String name = variable(javaName, kind);
        declarations.remove(name);
        variableNames.put(name, name);
        return name;
    }

    /** A C identifier like {@code wanted} that nothing else in the function has. */
    String free(String wanted) {
        String name = dialect.reserved(wanted) ? wanted + "_" : wanted;
        String candidate = name;
        for (int i = 2; taken(candidate); i++) {
            candidate = name + i;
        }
        return candidate;
    }

    /** As {@link #free}, and taken from now on by something that is not declared as a variable. */
    String reserve(String wanted) {
        String name = free(wanted);
        variableNames.put(name, name);
        return name;
    }

    private boolean taken(String name) {
        return declarations.containsKey(name) || variableNames.containsValue(name);
    }

    /** The C variables to declare, and their types. */
    Map<String, String> declarations() {
        return declarations;
    }

    Scalar temporary(Scalar value) {
        String name = declared("t" + temporaries++, value.kind());
        assign(name, value);
        return Scalar.variable(value.kind(), name);
    }

    /** The top of the stack, made cheap to copy. */
    Value popSimple() {
        Value value = pop();
        return value instanceof Scalar scalar && !scalar.simple() ? temporary(scalar) : value;
    }

    /** {@code variable} is about to change: whatever reads it is evaluated now. */
    void changes(String variable) {
        evaluate(scalar -> scalar.reads().contains(variable));
    }

    /** An array is about to change. */
    void memoryChanges() {
        evaluate(Scalar::memory);
    }

    private void evaluate(Predicate<Scalar> stale) {
        for (int i = 0; i < stack.size(); i++) {
            switch (stack.get(i)) {
                case Scalar scalar when stale.test(scalar) -> stack.set(i, temporary(scalar));
                case Value.Comparison c
                when stale.test(c.left()) || stale.test(c.right()) ->
                    stack.set(i, new Value.Comparison(temporary(c.left()), temporary(c.right()), c.notANumber()));
                default -> {}
            }
        }
    }

    /**
     * Makes the stack's values good on both sides of a branch: one that reads a variable which is assigned more than
     * once, or an array, is evaluated now.
     */
    void pin() {
        evaluate(scalar -> scalar.memory() || scalar.reads().stream().anyMatch(reassigned::contains));
        stack.forEach(value -> pinned.put(value, true));
    }

    /** The stack as {@code target}, which has several predecessors, finds it: what they compute is in variables. */
    List<Value> settled(Block target) {
        List<Value> settled = new ArrayList<>();
        for (int depth = 0; depth < stack.size(); depth++) {
            if (stack.get(depth) instanceof Scalar scalar && !pinned.containsKey(scalar)) {
                String name = choices.computeIfAbsent(
                        target.start + "/" + depth, key -> declared(CHOICE + choices.size(), scalar.kind()));
                assign(name, scalar);
                settled.add(Scalar.variable(scalar.kind(), name));
            } else {
                settled.add(stack.get(depth));
            }
        }
        return settled;
    }

    private String declared(String wanted, Kind kind) {
        String name = free(wanted);
        declarations.put(name, dialect.type(kind));
        return name;
    }
}
