package muflex;

import java.util.List;
import java.util.Locale;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.Weights;
import muflex.engine.AttentionSpec;
import muflex.expr.Derivative;
import muflex.expr.Lifted;
import muflex.expr.Printer;
import org.jspecify.annotations.Nullable;

/** A compiled operation in words. */
final class Explanation {

    private final StringBuilder text = new StringBuilder();

    private Explanation() {}

    /** See {@link FlexAttention#explain}. */
    static String of(AttentionSpec spec, String device, String code) {
        Explanation explanation = new Explanation();
        explanation.shape(spec, device);
        if (spec.interpret()) {
            explanation.line("the lambdas are called as they are (interpret)");
        } else {
            explanation.score(spec);
            explanation.mask(spec.mask());
        }
        explanation.text.append(code.strip()).append('\n');
        return explanation.text.toString();
    }

    private void line(String line) {
        text.append(line).append('\n');
    }

    private void block(String title, String lines) {
        line(title);
        lines.lines().forEach(one -> line("    " + one));
    }

    private void shape(AttentionSpec spec, String device) {
        AttentionShape s = spec.shape();
        line(String.format(
                Locale.ROOT,
                "attention on %s: batch %d, heads %d over %d, queries %d, keys %d, dims %d and %d, scale %s, %s",
                device,
                s.batch(),
                s.queryHeads(),
                s.kvHeads(),
                s.queryLength(),
                s.kvLength(),
                s.headDim(),
                s.valueDim(),
                spec.scale(),
                spec.precision()));
        if (spec.weights() != Weights.SOFTMAX) {
            line("weights: " + spec.weights());
        }
        if (spec.sinks() != null) {
            line("a sink for each head");
        }
        if (spec.dropout() > 0) {
            line("dropout " + spec.dropout() + ", seed " + spec.seed());
        }
    }

    private void score(AttentionSpec spec) {
        Lifted lifted = spec.lifted();
        if (lifted == null) {
            line("no score mod");
            return;
        }
        block("score mod, lifted:", Printer.print(lifted));
        block(
                "its derivative by the score:",
                Printer.print(Derivative.withRespectTo(
                        lifted.body(), lifted.parameters().getFirst())));
        List<Derivative.ReadDerivative> reads = Derivative.withRespectToReads(lifted.body());
        for (Derivative.ReadDerivative read : reads) {
            if (spec.learnableIndex(lifted.captures().get(read.read().slot())) >= 0) {
                block(
                        "its derivative by " + Printer.print(read.read()) + ", where "
                                + Printer.print(read.active()).replace('\n', ';') + ":",
                        Printer.print(read.partial()));
            }
        }
    }

    private void mask(@Nullable BlockMask mask) {
        if (mask == null) {
            line("no mask");
            return;
        }
        block("mask, lifted:", Printer.print(mask.lifted()));
        line(String.format(
                Locale.ROOT,
                "blocks of %d queries × %d keys in batch 0, head 0: %d full, %d partial, of %d; %.2f %% of all are skipped",
                mask.queryBlock(),
                mask.kvBlock(),
                mask.fullBlocks(0, 0),
                mask.partialBlocks(0, 0),
                mask.queryBlocks() * mask.kvBlocks(),
                mask.sparsity()));
    }
}
