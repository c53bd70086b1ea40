package muflex.model.parameterization;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * The base model's initial standard deviations, the constants that a rule's exponents start from: {@code g} for
 * input-like tensors and {@code g/√fan_in} for hidden and output weights; {@code g/√fan_out} for a tied embedding,
 * whose fan-out the readout sums over. Norm gains start at 1 and biases at 0.
 *
 * @param gains g, one for each role that isn't a gain or bias; 0 starts a tensor at zero
 */
public record InitialScales(Map<Role, Double> gains) {

    public InitialScales {
        EnumMap<Role, Double> checked = new EnumMap<>(Role.class);
        for (Role role : Role.values()) {
            if (role.kind() != Role.Kind.VECTOR) {
                // Models written before embeddings could be tied have none.
                Double gain = role == Role.TIED_EMBEDDING ? gains.getOrDefault(role, 1.0) : gains.get(role);
                if (gain == null || !(gain >= 0)) {
                    throw new IllegalArgumentException("gains: expected a number of at least 0 for " + role.label()
                            + ", got " + gain + "; give one");
                }
                checked.put(role, gain);
            }
        }
        gains = Collections.unmodifiableMap(checked);
    }

    /**
     * Gain 1 for hidden weights, divided by {@code √(2L)} where they feed the residual stream (GPT-2's choice), for
     * a base of L layers. The readout starts at zero, so that the first prediction is uniform (Yang et al. 2022,
     * appendix D.2); the embedding starts at {@code 1/2}.
     */
    public static InitialScales forDepth(int baseDepth) {
        EnumMap<Role, Double> gains = new EnumMap<>(Role.class);
        for (Role role : Role.values()) {
            gains.put(role, 1.0);
        }
        double branch = 1 / Math.sqrt(2.0 * baseDepth);
        gains.put(Role.EMBEDDING, 0.5);
        gains.put(Role.POSITION, 0.5);
        gains.put(Role.ATTENTION_OUT, branch);
        gains.put(Role.MLP_OUT, branch);
        gains.put(Role.READOUT, 0.0);
        return new InitialScales(gains);
    }

    public InitialScales with(Role role, double gain) {
        EnumMap<Role, Double> changed = new EnumMap<>(gains);
        changed.put(role, gain);
        return new InitialScales(changed);
    }

    /** What all numbers of a tensor start around. */
    public static double mean(Role role) {
        return role == Role.NORM_GAIN ? 1 : 0;
    }

    /** Standard deviation of a tensor of the base model. */
    public double atBase(TensorSpec base) {
        double gain = gains.getOrDefault(base.role(), 0.0);
        return switch (base.role().kind()) {
            case INPUT -> gain;
            case HIDDEN, OUTPUT -> gain / Math.sqrt((double) base.fanIn());
            case TIED -> gain / Math.sqrt((double) base.fanOut());
            case VECTOR -> 0;
        };
    }
}
