package muflex.engine.lowering;

import java.util.Arrays;
import muflex.graph.Shape;
import muflex.graph.Tensor;
import muflex.graph.UpdateOp;
import muflex.kernels.HeadKernels;
import muflex.kernels.UpdateKernels;
import org.jspecify.annotations.Nullable;

/** Calls of optimizers and caches. */
record UpdateCalls(Machine machine) {

    Call of(UpdateOp op) {
        return switch (op) {
            case UpdateOp.AdamW adam -> adamW(adam);
            case UpdateOp.Sgd sgd -> sgd.m() == null ? sgd(sgd) : momentum(sgd, sgd.m());
            case UpdateOp.CacheWrite write -> cacheWrite(write);
        };
    }

    private Call adamW(UpdateOp.AdamW op) {
        UpdateOp.AdamWRule rule = op.rule();
        boolean decoupled = rule.decay() == UpdateOp.Decay.DECOUPLED;
        return span(
                "adamW",
                op.parameter(),
                op.parameter(),
                op.gradient(),
                op.m(),
                op.v(),
                op.learningRate(),
                op.step(),
                scalar(op.gradientScale()),
                op.decayRate(),
                rule.rateMultiplier(),
                rule.beta1(),
                rule.beta2(),
                (float) rule.epsilon(),
                decoupled ? rule.weightDecay() : 0.0,
                decoupled ? 0f : (float) rule.weightDecay(),
                op.parameter().shape().size());
    }

    private Call momentum(UpdateOp.Sgd op, Tensor m) {
        UpdateOp.SgdRule rule = op.rule();
        boolean decoupled = rule.decay() == UpdateOp.Decay.DECOUPLED;
        return span(
                "momentum",
                op.parameter(),
                op.parameter(),
                op.gradient(),
                m,
                op.learningRate(),
                scalar(op.gradientScale()),
                op.decayRate(),
                rule.rateMultiplier(),
                (float) rule.momentum(),
                decoupled ? rule.weightDecay() : 0.0,
                decoupled ? 0f : (float) rule.weightDecay(),
                op.parameter().shape().size());
    }

    private Call sgd(UpdateOp.Sgd op) {
        UpdateOp.SgdRule rule = op.rule();
        boolean decoupled = rule.decay() == UpdateOp.Decay.DECOUPLED;
        return span(
                "sgd",
                op.parameter(),
                op.parameter(),
                op.gradient(),
                op.learningRate(),
                scalar(op.gradientScale()),
                op.decayRate(),
                rule.rateMultiplier(),
                decoupled ? rule.weightDecay() : 0.0,
                decoupled ? 0f : (float) rule.weightDecay(),
                op.parameter().shape().size());
    }

    private static Call cacheWrite(UpdateOp.CacheWrite op) {
        Shape shape = op.x().shape();
        return Call.loop(
                HeadKernels.class,
                "cacheWrite",
                shape.size(0) * shape.size(1),
                (long) shape.size(2) * shape.size(3),
                op.x(),
                op.position(),
                op.cache(),
                shape.size(2),
                op.cache().shape().size(2),
                shape.size(3),
                op.position().shape().size());
    }

    private Call span(String method, Tensor parameter, Object... arguments) {
        Object[] all = Arrays.copyOf(arguments, arguments.length + 1);
        all[arguments.length] = machine.span();
        int items = Math.ceilDiv(parameter.shape().size(), machine.span());
        return Call.loop(UpdateKernels.class, method, items, machine.span(), all);
    }

    private static Object scalar(@Nullable Tensor tensor) {
        return tensor == null ? ElementCalls.ONE : tensor;
    }
}
