package muflex.engine.jvm;

import muflex.graph.Shape;
import muflex.graph.Tensor;
import muflex.graph.UpdateOp;
import muflex.kernels.HeadKernels;
import muflex.kernels.UpdateKernels;
import org.jspecify.annotations.Nullable;

/** Steps of optimizers and caches. */
record UpdateSteps(Kernels kernels, GraphArrays arrays) {

    Step of(UpdateOp op) {
        return switch (op) {
            case UpdateOp.AdamW adam -> adamW(adam);
            case UpdateOp.Sgd sgd -> sgd.m() == null ? sgd(sgd) : momentum(sgd, sgd.m());
            case UpdateOp.CacheWrite write -> cacheWrite(write);
        };
    }

    private Step adamW(UpdateOp.AdamW op) {
        UpdateOp.AdamWRule rule = op.rule();
        boolean decoupled = rule.decay() == UpdateOp.Decay.DECOUPLED;
        return span(
                "adamW",
                op.parameter(),
                arrays.floats(op.parameter()),
                arrays.floats(op.gradient()),
                arrays.floats(op.m()),
                arrays.floats(op.v()),
                arrays.floats(op.learningRate()),
                arrays.floats(op.step()),
                scalar(op.gradientScale()),
                arrays.floats(op.decayRate()),
                rule.rateMultiplier(),
                rule.beta1(),
                rule.beta2(),
                (float) rule.epsilon(),
                decoupled ? rule.weightDecay() : 0.0,
                decoupled ? 0f : (float) rule.weightDecay(),
                op.parameter().shape().size());
    }

    private Step momentum(UpdateOp.Sgd op, Tensor m) {
        UpdateOp.SgdRule rule = op.rule();
        boolean decoupled = rule.decay() == UpdateOp.Decay.DECOUPLED;
        return span(
                "momentum",
                op.parameter(),
                arrays.floats(op.parameter()),
                arrays.floats(op.gradient()),
                arrays.floats(m),
                arrays.floats(op.learningRate()),
                scalar(op.gradientScale()),
                arrays.floats(op.decayRate()),
                rule.rateMultiplier(),
                (float) rule.momentum(),
                decoupled ? rule.weightDecay() : 0.0,
                decoupled ? 0f : (float) rule.weightDecay(),
                op.parameter().shape().size());
    }

    private Step sgd(UpdateOp.Sgd op) {
        UpdateOp.SgdRule rule = op.rule();
        boolean decoupled = rule.decay() == UpdateOp.Decay.DECOUPLED;
        return span(
                "sgd",
                op.parameter(),
                arrays.floats(op.parameter()),
                arrays.floats(op.gradient()),
                arrays.floats(op.learningRate()),
                scalar(op.gradientScale()),
                arrays.floats(op.decayRate()),
                rule.rateMultiplier(),
                decoupled ? rule.weightDecay() : 0.0,
                decoupled ? 0f : (float) rule.weightDecay(),
                op.parameter().shape().size());
    }

    private Step cacheWrite(UpdateOp.CacheWrite op) {
        Shape shape = op.x().shape();
        return kernels.step(
                HeadKernels.class,
                "cacheWrite",
                shape.size(0) * shape.size(1),
                (long) shape.size(2) * shape.size(3),
                arrays.floats(op.x()),
                arrays.ints(op.position()),
                arrays.floats(op.cache()),
                shape.size(2),
                op.cache().shape().size(2),
                shape.size(3));
    }

    private Step span(String method, Tensor parameter, Object... arguments) {
        int items = Math.ceilDiv(parameter.shape().size(), UpdateKernels.SPAN);
        return kernels.step(UpdateKernels.class, method, items, UpdateKernels.SPAN, arguments);
    }

    private float[] scalar(@Nullable Tensor tensor) {
        return tensor == null ? ElementSteps.ONE : arrays.floats(tensor);
    }
}
