package muflex.graph;

import java.util.ArrayList;
import java.util.List;
import muflex.expr.BinaryOp;
import muflex.expr.Derivative;
import muflex.expr.Expr;
import muflex.expr.Lifted;
import muflex.expr.Lifter;
import muflex.expr.Simplifier;
import muflex.expr.Type;

/**
 * The function of a {@link ElementOp.Map}: a lifted lambda, or derivatives of one. Two are equal only if they are the
 * same: comparing expressions would walk shared parts again and again.
 */
public final class ElementFunction {

    private final List<Expr.Parameter> parameters;
    private final List<Expr> outputs;
    private final List<Object> captures;

    private ElementFunction(List<Expr.Parameter> parameters, List<Expr> outputs, List<Object> captures) {
        this.parameters = List.copyOf(parameters);
        this.outputs = List.copyOf(outputs);
        this.captures = List.copyOf(captures);
    }

    /** One float for each input. */
    public List<Expr.Parameter> parameters() {
        return parameters;
    }

    /** One float expression for each output. */
    public List<Expr> outputs() {
        return outputs;
    }

    /** What the expressions capture, by slot. */
    public List<Object> captures() {
        return captures;
    }

    /** A lambda of one element, lifted. */
    public static ElementFunction of(Map1 function) {
        return of(Lifter.lift(function));
    }

    /** A lambda of two elements, lifted. */
    public static ElementFunction of(Map2 function) {
        return of(Lifter.lift(function));
    }

    private static ElementFunction of(Lifted lifted) {
        return new ElementFunction(lifted.parameters(), List.of(lifted.body()), lifted.captures());
    }

    /**
     * The derivatives for the parameters {@code wanted}, as functions of the same parameters and, last, the derivative
     * {@code upstream} for the only output: {@code upstream · ∂output/∂parameter}.
     */
    ElementFunction gradient(List<Integer> wanted) {
        Expr.Parameter upstream = new Expr.Parameter(Type.FLOAT, parameters.size(), "upstream");
        List<Expr> derivatives = new ArrayList<>();
        for (int parameter : wanted) {
            Expr slope = Derivative.withRespectTo(outputs.getFirst(), parameters.get(parameter));
            derivatives.add(new Expr.Binary(BinaryOp.MUL, upstream, slope));
        }
        List<Expr.Parameter> all = new ArrayList<>(parameters);
        all.add(upstream);
        return new ElementFunction(all, Simplifier.simplify(derivatives), captures);
    }
}
