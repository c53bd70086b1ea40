package muflex.model.parameterization;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Whether two rules are one training written in two ways, decided on exponents: for each role the symmetry of
 * Lemma J.1 (Yang et al. 2022, arXiv:2203.03466; {@link TensorRule#rescaled}) with
 * {@code θ = multiplier of the second / multiplier of the first} must map the first rule to the second, and both must
 * scale attention and branches alike. Where it does, float trajectories are equal bit for bit at sizes that make θ a
 * power of two, without clipping by the global norm.
 *
 * @param thetas of the roles, where the rules are alike; it maps the first rule to the second
 * @param differences what no θ mends, one line each; empty if the rules are equivalent
 */
public record Equivalence(Map<Role, Power> thetas, List<String> differences) {

    public Equivalence {
        differences = List.copyOf(differences);
    }

    /** Compares what concerns training with {@code optimizer}. */
    public static Equivalence of(Parameterization first, Parameterization second, OptimizerKind optimizer) {
        Map<Role, Power> thetas = new EnumMap<>(Role.class);
        List<String> differences = new ArrayList<>();
        for (Role role : Role.values()) {
            if (!first.has(role) || !second.has(role)) {
                continue;
            }
            Power theta =
                    second.tensor(role).multiplier().over(first.tensor(role).multiplier());
            TensorRule mapped = first.tensor(role).rescaled(theta);
            TensorRule wanted = second.tensor(role);
            int before = differences.size();
            compare(differences, role.label() + " std", mapped.std(), wanted.std());
            OptimizerRule found = mapped.forOptimizer(optimizer.of(role));
            OptimizerRule expected = wanted.forOptimizer(optimizer.of(role));
            compare(differences, role.label() + " learning rate", found.learningRate(), expected.learningRate());
            if (role.kind() != Role.Kind.VECTOR) {
                compare(differences, role.label() + " weight decay", found.weightDecay(), expected.weightDecay());
            }
            if (optimizer != OptimizerKind.SGD) {
                compare(differences, role.label() + " eps", found.eps(), expected.eps());
            }
            if (differences.size() == before) {
                thetas.put(role, theta);
            }
        }
        compare(differences, "attention scale", first.attentionScale(), second.attentionScale());
        compare(differences, "residual multiplier", first.residualMultiplier(), second.residualMultiplier());
        return new Equivalence(thetas, differences);
    }

    public boolean holds() {
        return differences.isEmpty();
    }

    private static void compare(List<String> differences, String what, Power found, Power expected) {
        if (!found.equals(expected)) {
            differences.add(what + ": " + found + " after the symmetry, " + expected + " in the second");
        }
    }
}
