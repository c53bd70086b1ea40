package muflex.model.parameterization;

import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * How everything that depends on a model's size changes away from a base model, as exact exponents. A named rule is
 * an instance ({@link Parameterizations}), and so is one that a user writes in Java or JSON
 * ({@link ParameterizationJson}). The constants are the base model's, where all rules agree bit for bit.
 *
 * @param name for people; nothing asks for it
 * @param source where the exponents come from
 * @param tensors one rule for each role; {@link Role#TIED_EMBEDDING} may be missing, and then no tied model has it
 * @param attentionScale of the factor on query·key; at the base it is {@code 1/√D}
 * @param residualMultiplier of the factor on each branch that is added to the residual stream; 1 at the base
 */
public record Parameterization(
        String name, String source, Map<Role, TensorRule> tensors, Power attentionScale, Power residualMultiplier) {

    public Parameterization {
        for (Role role : Role.values()) {
            if (!tensors.containsKey(role) && role != Role.TIED_EMBEDDING) {
                throw new IllegalArgumentException("tensors: expected a rule for each role, got none for "
                        + role.label() + " in '" + name + "'; add one");
            }
        }
        requireOfModel("attentionScale", attentionScale);
        requireOfModel("residualMultiplier", residualMultiplier);
        tensors = Collections.unmodifiableMap(new EnumMap<>(tensors));
    }

    /** @throws IllegalArgumentException if it is the tied embedding's, and this rule has none */
    public TensorRule tensor(Role role) {
        TensorRule rule = tensors.get(role);
        if (rule == null) {
            throw new IllegalArgumentException("rule '" + name + "': expected a rule for " + role.label()
                    + ", which this model has, got none; add one, or give the readout a matrix of its own");
        }
        return rule;
    }

    public boolean has(Role role) {
        return tensors.containsKey(role);
    }

    public Parameterization named(String newName, String newSource) {
        return new Parameterization(newName, newSource, tensors, attentionScale, residualMultiplier);
    }

    public Parameterization with(Role role, TensorRule rule) {
        EnumMap<Role, TensorRule> changed = new EnumMap<>(tensors);
        changed.put(role, rule);
        return new Parameterization(name, source, changed, attentionScale, residualMultiplier);
    }

    /** The same rule without one for the tied embedding, the only role that may lack one. */
    Parameterization without(Role role) {
        EnumMap<Role, TensorRule> changed = new EnumMap<>(tensors);
        changed.remove(role);
        return new Parameterization(name, source, changed, attentionScale, residualMultiplier);
    }

    /** The same rule with {@code change} made to these roles. */
    public Parameterization map(Collection<Role> roles, UnaryOperator<TensorRule> change) {
        Parameterization changed = this;
        for (Role role : roles) {
            changed = changed.with(role, change.apply(tensor(role)));
        }
        return changed;
    }

    /**
     * The same training written otherwise (Lemma J.1): these roles' multipliers grow by θ, all else follows; see
     * {@link TensorRule#rescaled}.
     */
    public Parameterization rescaled(Collection<Role> roles, Power theta) {
        return map(roles, rule -> rule.rescaled(theta));
    }

    public Parameterization withAttentionScale(Power power) {
        return new Parameterization(name, source, tensors, power, residualMultiplier);
    }

    public Parameterization withResidualMultiplier(Power power) {
        return new Parameterization(name, source, tensors, attentionScale, power);
    }

    /** Multiplies query·key: {@code 1/√D_base} times this rule's factor. */
    public float attentionScale(ModelShape shape, ModelShape base) {
        double atBase = 1 / Math.sqrt(base.headDim());
        return (float) (atBase * attentionScale.factor(shape.extents(), base.extents()));
    }

    /** Multiplies each branch before it is added to the residual stream. */
    public float residualMultiplier(ModelShape shape, ModelShape base) {
        return (float) residualMultiplier.factor(shape.extents(), base.extents());
    }

    private static void requireOfModel(String field, Power power) {
        for (Dimension dimension : power.exponents().keySet()) {
            if (dimension.ofTensor()) {
                throw new IllegalArgumentException(field + ": expected powers of the model's dimensions, got " + power
                        + "; " + dimension.symbol() + " belongs to one tensor");
            }
        }
    }
}
