package muflex.engine.reference;

import java.util.ArrayList;
import java.util.List;
import muflex.engine.AttentionSpec;
import muflex.expr.Derivative;
import muflex.expr.Expr;
import muflex.expr.Lifted;
import muflex.expr.ScalarFunction;

/** A lifted score mod, every float of it a double; its derivatives are found symbolically. */
final class LiftedMod implements Mod {

    private final ScalarFunction value;
    private final ScalarFunction derivative;
    private final List<LearnableRead> reads = new ArrayList<>();

    /** One read of a learnable array: where, whether it happens, and ∂value/∂element. */
    private record LearnableRead(int learnable, ScalarFunction active, ScalarFunction index, ScalarFunction partial) {}

    LiftedMod(Lifted lifted, AttentionSpec spec) {
        value = ScalarFunction.inFloat64(lifted);
        derivative = compile(
                lifted,
                Derivative.withRespectTo(lifted.body(), lifted.parameters().getFirst()));
        if (spec.learnable().isEmpty()) {
            return;
        }
        for (Derivative.ReadDerivative read : Derivative.withRespectToReads(lifted.body())) {
            int learnable =
                    spec.learnableIndex(lifted.captures().get(read.read().slot()));
            if (learnable >= 0) {
                reads.add(new LearnableRead(
                        learnable,
                        compile(lifted, read.active()),
                        compile(lifted, read.read().index()),
                        compile(lifted, read.partial())));
            }
        }
    }

    private static ScalarFunction compile(Lifted lifted, Expr body) {
        return ScalarFunction.inFloat64(new Lifted(lifted.parameters(), body, lifted.captures()));
    }

    @Override
    public double value(double score, int b, int h, int q, int kv) {
        return value.evaluate(score, b, h, q, kv);
    }

    @Override
    public double derivative(double score, int b, int h, int q, int kv) {
        return derivative.evaluate(score, b, h, q, kv);
    }

    @Override
    public void accumulate(double score, int b, int h, int q, int kv, double upstream, Gradients gradients) {
        for (LearnableRead read : reads) {
            if (read.active.evaluate(score, b, h, q, kv) != 0) {
                int index = (int) read.index.evaluate(score, b, h, q, kv);
                gradients.add(read.learnable, index, upstream * read.partial.evaluate(score, b, h, q, kv));
            }
        }
    }
}
