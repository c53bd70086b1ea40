package muflex.graph;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Ops that change persistent tensors in place. Their output is the changed tensor: the same memory, after the update.
 * Within one program every other node that uses the unchanged tensor comes before its update.
 */
public sealed interface UpdateOp extends Op {

    /** The persistent tensors that change, the one that the output stands for first. */
    List<Tensor> changed();

    @Override
    default List<Shape> outputs() {
        return List.of(changed().getFirst().shape());
    }

    /** How weight decay enters an update. */
    enum Decay {
        /** {@code p −= rate · decay · p}, apart from the gradient (Loshchilov and Hutter, arXiv:1711.05101). */
        DECOUPLED,
        /** {@code g += decay · p} before the moments: the L2 penalty. */
        GRADIENT
    }

    /**
     * Constants of Adam for one tensor.
     *
     * @param rateMultiplier factor on the learning rate, from the parameterization
     * @param epsilon added to √v̂, from the parameterization
     * @param weightDecay λ; it is multiplied by the decay rate, not by rateMultiplier
     */
    record AdamWRule(
            double rateMultiplier, double beta1, double beta2, double epsilon, double weightDecay, Decay decay) {
        public AdamWRule {
            Checks.that(
                    beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1,
                    "adamW betas: expected values in [0, 1), got %s and %s; use 0.9 and 0.95",
                    beta1,
                    beta2);
            Checks.that(epsilon >= 0, "adamW epsilon: expected at least 0, got %s; use 1e-8", epsilon);
        }
    }

    /**
     * AdamW: with {@code g = gradient · gradientScale}, {@code m = β₁m + (1−β₁)g}, {@code v = β₂v + (1−β₂)g²}, and
     * {@code p −= rate·rateMultiplier·(m/(1−β₁ᵗ)) / (√(v/(1−β₂ᵗ)) + ε) + decayRate·λ·p}.
     *
     * @param learningRate the base rate, a scalar
     * @param step t, a scalar that counts from 1
     * @param gradientScale the clipping factor, a scalar; null for 1
     * @param decayRate what λ is multiplied by, a scalar: the learning rate (the usual AdamW) or the schedule's share of
     *     its peak (independent decay: Wortsman et al., arXiv:2309.14322)
     */
    record AdamW(
            Tensor parameter,
            Tensor gradient,
            Tensor m,
            Tensor v,
            Tensor learningRate,
            Tensor step,
            @Nullable Tensor gradientScale,
            Tensor decayRate,
            AdamWRule rule)
            implements UpdateOp {
        public AdamW {
            checkTrained("adamW", parameter, gradient, learningRate, gradientScale);
            checkMoment("adamW m", m, parameter);
            checkMoment("adamW v", v, parameter);
            Checks.scalar("adamW step", step);
            Checks.scalar("adamW decayRate", decayRate);
        }

        @Override
        public List<Tensor> changed() {
            return List.of(parameter, m, v);
        }

        @Override
        public List<Tensor> inputs() {
            List<Tensor> inputs = new ArrayList<>(List.of(parameter, gradient, m, v, learningRate, step, decayRate));
            if (gradientScale != null) {
                inputs.add(gradientScale);
            }
            return List.copyOf(inputs);
        }
    }

    /**
     * Constants of SGD for one tensor.
     *
     * @param rateMultiplier factor on the learning rate, from the parameterization
     * @param momentum μ; 0 for none
     */
    record SgdRule(double rateMultiplier, double momentum, double weightDecay, Decay decay) {
        public SgdRule {
            Checks.that(
                    momentum >= 0 && momentum < 1,
                    "sgd momentum: expected a value in [0, 1), got %s; use 0.9",
                    momentum);
        }
    }

    /**
     * SGD: with {@code g = gradient · gradientScale}, {@code m = μm + g} (m = g without momentum), and
     * {@code p −= rate·rateMultiplier·m + decayRate·λ·p}.
     *
     * @param parameter what changes; a state may too, which makes {@code p −= x} a running mean or sum
     * @param m the momentum's state; null without momentum
     */
    record Sgd(
            Tensor parameter,
            Tensor gradient,
            @Nullable Tensor m,
            Tensor learningRate,
            @Nullable Tensor gradientScale,
            Tensor decayRate,
            SgdRule rule)
            implements UpdateOp {
        public Sgd {
            checkTrained("sgd", parameter, gradient, learningRate, gradientScale);
            Checks.that(
                    (m != null) == (rule.momentum() != 0),
                    "sgd m: expected a state for momentum %s, got %s; give a state exactly if the momentum is not 0",
                    rule.momentum(),
                    m == null ? "none" : m.toString());
            if (m != null) {
                checkMoment("sgd m", m, parameter);
            }
            Checks.scalar("sgd decayRate", decayRate);
        }

        @Override
        public List<Tensor> changed() {
            return m == null ? List.of(parameter) : List.of(parameter, m);
        }

        @Override
        public List<Tensor> inputs() {
            List<Tensor> inputs = new ArrayList<>(List.of(parameter, gradient, learningRate, decayRate));
            if (m != null) {
                inputs.add(m);
            }
            if (gradientScale != null) {
                inputs.add(gradientScale);
            }
            return List.copyOf(inputs);
        }
    }

    /**
     * Writes {@code x [batch, heads, new, dim]} into {@code cache [batch, heads, capacity, dim]} at row
     * {@code position} of the third axis. The output is the whole cache.
     *
     * @param position an int scalar, the row of the first, or ints {@code [new]}, a row for each
     */
    record CacheWrite(Tensor cache, Tensor x, Tensor position) implements UpdateOp {
        public CacheWrite {
            Checks.that(
                    cache.op() instanceof Leaf.State,
                    "cache: expected a state, got %s; declare it with state(…)",
                    cache);
            Checks.rank("cache", cache, 4, "[batch, heads, capacity, dim]");
            Checks.rank("cache x", x, 4, "[batch, heads, new, dim]");
            Checks.ints("cache position", position);
            Checks.scalarOrRows("cache position", position, x.shape().size(2));
            Shape from = x.shape();
            Shape to = cache.shape();
            Checks.that(
                    from.size(0) == to.size(0)
                            && from.size(1) == to.size(1)
                            && from.size(2) <= to.size(2)
                            && from.size(3) == to.size(3),
                    "cache x: expected [batch, heads, new, dim] to fit into %s, got %s; size the cache to the model",
                    cache,
                    x);
        }

        @Override
        public List<Tensor> changed() {
            return List.of(cache);
        }

        @Override
        public List<Tensor> inputs() {
            return List.of(cache, x, position);
        }
    }

    private static void checkTrained(
            String op, Tensor parameter, Tensor gradient, Tensor learningRate, @Nullable Tensor gradientScale) {
        Checks.that(
                parameter.persistent(),
                "%s parameter: expected a parameter or state, got %s; declare it with parameter(…) or state(…)",
                op,
                parameter);
        Checks.floats(op + " gradient", gradient);
        Checks.sameSizes(op + " gradient", gradient, parameter.shape(), "pass the gradient of this parameter");
        Checks.scalar(op + " learningRate", learningRate);
        if (gradientScale != null) {
            Checks.scalar(op + " gradientScale", gradientScale);
        }
    }

    private static void checkMoment(String name, Tensor moment, Tensor parameter) {
        Checks.that(
                moment.op() instanceof Leaf.State,
                "%s: expected a state, got %s; declare it with state(…)",
                name,
                moment);
        Checks.sameSizes(name, moment, parameter.shape(), "give the state the parameter's shape");
    }
}
