package muflex.experiments.mup;

import static muflex.model.parameterization.Dimension.FAN_IN;
import static muflex.model.parameterization.Dimension.FAN_OUT;

import java.util.Optional;
import muflex.model.TransformerConfig.Growth;
import muflex.model.parameterization.Dimension;
import muflex.model.parameterization.Parameterization;
import muflex.model.parameterization.Power;
import muflex.model.parameterization.Rational;
import muflex.model.parameterization.Role;
import muflex.model.parameterization.TensorRule;

/**
 * How quantities of the first forward and backward pass grow with width, from a rule's exponents alone. Weights are
 * independent then, so a sum of n products of them grows as √n (Yang et al. 2022, arXiv:2203.03466, appendix J): a
 * coordinate of {@code A·W·x} as {@code A·std·√fan_in} times x's, backward {@code A·std·√fan_out} times the output's
 * gradient. Norms keep x at Θ(1); sums over keys and vocabulary don't grow.
 *
 * @param rule whose exponents
 * @param growth what grows with width
 * @param tied whether the embedding is the readout
 */
record Prediction(Parameterization rule, Growth growth, boolean tied) {

    /** The first step at which what a tensor starts with, such as a readout that falls with width, is outgrown. */
    static final int LEARNED = 3;

    /** The exponent of width in the first pass; empty for what has no single one. */
    Optional<Double> atStart(Quantity quantity) {
        return switch (quantity.measure()) {
            case OUTPUT -> Optional.of(output(quantity.role()));
            case ATTENTION_LOGIT -> Optional.of(attentionLogit());
            case GRADIENT -> Optional.of(gradient(quantity.role()));
            case GRADIENT_OVER_EPS ->
                Optional.of(gradient(quantity.role())
                        - exponent(new Sized(rule.tensor(quantity.role()).adam().eps(), quantity.role())));
            case CHANGE, SPECTRAL_NORM -> Optional.empty();
        };
    }

    /**
     * The exponent that μP's theory asks for once weights have learned, from step {@link #LEARNED} on: outputs,
     * changes and logits stay Θ(1) at every width. Nothing is asked of gradients and norms.
     */
    static Optional<Double> afterUpdates(Quantity quantity, int step) {
        if (step < LEARNED) {
            return Optional.empty();
        }
        return switch (quantity.measure()) {
            case OUTPUT, CHANGE, ATTENTION_LOGIT -> Optional.of(0.0);
            case GRADIENT, GRADIENT_OVER_EPS, SPECTRAL_NORM -> Optional.empty();
        };
    }

    /** A power whose fan-in and fan-out are a role's. */
    private record Sized(Power power, Role role) {}

    private double output(Role role) {
        double forward = forward(role);
        return switch (role) {
            // A tied embedding's multiplier is the readout's alone.
            case EMBEDDING -> tied ? exponent(new Sized(rule.tensor(own(role)).std(), own(role))) : forward;
            case ATTENTION_OUT -> forward + forward(Role.VALUE);
            case MLP_OUT -> forward + forward(Role.MLP_IN);
            default -> forward;
        };
    }

    private double attentionLogit() {
        return exponent(new Sized(rule.attentionScale(), Role.QUERY))
                + forward(Role.QUERY)
                + forward(Role.KEY)
                + headDim() / 2;
    }

    private double gradient(Role role) {
        double residual = exponent(new Sized(rule.residualMultiplier(), role));
        double stream = multiplierAndStd(Role.READOUT);
        double branch = stream + residual;
        double attended = branch + backward(Role.ATTENTION_OUT);
        double scores =
                attended + headDim() / 2 + forward(Role.VALUE) + exponent(new Sized(rule.attentionScale(), Role.QUERY));
        double own = multiplier(role);
        return own
                + switch (role) {
                    case READOUT -> 0;
                    case ATTENTION_OUT -> branch + forward(Role.VALUE);
                    case MLP_OUT -> branch + forward(Role.MLP_IN);
                    case VALUE -> attended;
                    case QUERY -> scores + forward(Role.KEY);
                    case KEY -> scores + forward(Role.QUERY);
                    case MLP_IN, MLP_GATE -> branch + backward(Role.MLP_OUT);
                    case EMBEDDING, POSITION, NORM_GAIN, BIAS -> stream;
                    // The greater of its two uses, of which the readout's has the multiplier.
                    case TIED_EMBEDDING -> Math.max(stream - own, 0);
                };
    }

    /** Of one matrix, for inputs of Θ(1). */
    private double forward(Role role) {
        return multiplierAndStd(role) + (grows(role, FAN_IN) ? 0.5 : 0);
    }

    /** Whose rule a matrix follows. */
    private Role own(Role role) {
        return tied && (role == Role.EMBEDDING || role == Role.READOUT) ? Role.TIED_EMBEDDING : role;
    }

    private double backward(Role role) {
        return multiplierAndStd(role) + (grows(role, FAN_OUT) ? 0.5 : 0);
    }

    private double multiplier(Role role) {
        return exponent(new Sized(rule.tensor(role).multiplier(), role));
    }

    private double multiplierAndStd(Role role) {
        TensorRule own = rule.tensor(own(role));
        return exponent(new Sized(own.multiplier().times(own.std()), own(role)));
    }

    private double headDim() {
        return growth == Growth.HEAD_DIM ? 1 : 0;
    }

    /** The exponent of width, when all that grows does so in proportion. */
    private double exponent(Sized sized) {
        double sum = 0;
        for (Dimension dimension : Dimension.values()) {
            Rational own = sized.power().exponent(dimension);
            sum += grows(sized.role(), dimension) ? own.toDouble() : 0;
        }
        return sum;
    }

    private boolean grows(Role role, Dimension dimension) {
        return switch (dimension) {
            case WIDTH, FEED_FORWARD -> true;
            case HEADS -> growth == Growth.HEADS;
            case HEAD_DIM -> growth == Growth.HEAD_DIM;
            case DEPTH -> false;
            case FAN_IN -> role.kind() == Role.Kind.HIDDEN || role.kind() == Role.Kind.OUTPUT;
            case FAN_OUT -> role.kind() != Role.Kind.OUTPUT;
        };
    }
}
