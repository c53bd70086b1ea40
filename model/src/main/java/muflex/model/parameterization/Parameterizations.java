package muflex.model.parameterization;

import static muflex.model.parameterization.Dimension.FAN_IN;
import static muflex.model.parameterization.Dimension.FAN_OUT;
import static muflex.model.parameterization.Dimension.HEAD_DIM;
import static muflex.model.parameterization.Dimension.WIDTH;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The rules that have a name. Each is data; its Javadoc says where the exponents come from. */
public final class Parameterizations {

    private static final List<Parameterization> NAMED =
            List.of(buildStandard(), buildMup(), buildSeedText(), buildSeedCode());

    private Parameterizations() {}

    /** All named rules. */
    public static List<Parameterization> all() {
        return NAMED;
    }

    /** @throws IllegalArgumentException if no rule has that name */
    public static Parameterization byName(String name) {
        return NAMED.stream()
                .filter(rule -> rule.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("rule: expected one of "
                        + NAMED.stream().map(Parameterization::name).collect(Collectors.joining(", ")) + ", got '"
                        + name + "'; use one of them, or give the rule as JSON"));
    }

    /**
     * Standard parameterization: hidden and readout weights start at {@code 1/√fan_in}, attention is scaled by
     * {@code 1/√D}, and one learning rate serves all tensors at all widths.
     */
    public static Parameterization standard() {
        return byName("standard");
    }

    /**
     * μP, in the form of table 8 of Yang et al. 2022 (arXiv:2203.03466): input-like tensors keep their scale, hidden
     * weights start at {@code 1/√fan_in} with an Adam learning rate of {@code 1/fan_in}, the readout starts at
     * constant scale behind a multiplier {@code 1/fan_in}, and attention is scaled by {@code 1/D}. Weight decay, of
     * which the table is silent, keeps {@code η·λ} as at the base, as microsoft/mup does; ε stays.
     */
    public static Parameterization mup() {
        return byName("mup");
    }

    /**
     * The seed's rule as its text has it: with {@code α = √(2/(3d))}, query, key and value start at
     * {@code α/√fan_in} and attention is scaled by {@code α/√D}. It names no learning rates and nothing for other
     * tensors: those are μP's.
     */
    public static Parameterization seedText() {
        return byName("seed-text");
    }

    /**
     * The seed's rule as its listing computes it: α/√fan_in multiplies the default initialisation (which already has
     * {@code 1/√(3d)}) once more, and a score that is already divided by √D is divided again, so attention is scaled
     * by {@code α/D}. All else is μP's.
     */
    public static Parameterization seedCode() {
        return byName("seed-code");
    }

    private static Parameterization buildStandard() {
        TensorRule matrix = TensorRule.CONSTANT.withStd(Power.of(FAN_IN, -1, 2));
        return new Parameterization(
                "standard",
                "standard parameterization: std 1/sqrt(fan_in), attention 1/sqrt(D), one learning rate",
                byKind(TensorRule.CONSTANT, matrix, matrix),
                Power.of(HEAD_DIM, -1, 2),
                Power.ONE);
    }

    private static Parameterization buildMup() {
        TensorRule input = TensorRule.CONSTANT.withSgd(OptimizerRule.decayKept(Power.of(FAN_OUT, 1)));
        TensorRule hidden = TensorRule.CONSTANT
                .withStd(Power.of(FAN_IN, -1, 2))
                .withAdam(OptimizerRule.decayKept(Power.of(FAN_IN, -1)));
        TensorRule readout = TensorRule.CONSTANT
                .withMultiplier(Power.of(FAN_IN, -1))
                .withSgd(OptimizerRule.decayKept(Power.of(FAN_IN, 1)));
        return new Parameterization(
                "mup",
                "Yang et al. 2022, arXiv:2203.03466, table 8",
                byKind(input, hidden, readout),
                Power.of(HEAD_DIM, -1),
                Power.ONE);
    }

    private static Parameterization buildSeedText() {
        return projectionsFrom(Power.of(WIDTH, -1, 2).times(Power.of(FAN_IN, -1, 2)))
                .withAttentionScale(Power.of(WIDTH, -1, 2).times(Power.of(HEAD_DIM, -1, 2)))
                .named("seed-text", "the seed's text: alpha = sqrt(2/(3d)); learning rates are those of mup");
    }

    private static Parameterization buildSeedCode() {
        return projectionsFrom(Power.of(WIDTH, -1, 2).times(Power.of(FAN_IN, -1)))
                .withAttentionScale(Power.of(WIDTH, -1, 2).times(Power.of(HEAD_DIM, -1)))
                .named("seed-code", "the seed's listing: alpha applied twice; learning rates are those of mup");
    }

    /** μP, but for the standard deviation of query, key and value. */
    private static Parameterization projectionsFrom(Power std) {
        Parameterization rule = buildMup();
        for (Role role : List.of(Role.QUERY, Role.KEY, Role.VALUE)) {
            rule = rule.with(role, rule.tensor(role).withStd(std));
        }
        return rule;
    }

    private static Map<Role, TensorRule> byKind(TensorRule inputAndVectors, TensorRule hidden, TensorRule readout) {
        Map<Role, TensorRule> tensors = new EnumMap<>(Role.class);
        for (Role role : Role.values()) {
            tensors.put(
                    role,
                    switch (role.kind()) {
                        case INPUT, VECTOR -> inputAndVectors;
                        case HIDDEN -> hidden;
                        case OUTPUT -> readout;
                    });
        }
        return tensors;
    }
}
