package muflex.model.parameterization;

import static muflex.model.parameterization.Dimension.DEPTH;
import static muflex.model.parameterization.Dimension.FAN_IN;
import static muflex.model.parameterization.Dimension.FAN_OUT;
import static muflex.model.parameterization.Dimension.HEAD_DIM;
import static muflex.model.parameterization.Dimension.WIDTH;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The rules that have a name. Each is data; its Javadoc says where the exponents come from. What a source leaves open
 * (weight decay, ε, Muon) is said in {@link #mup()}, from which most rules are derived.
 */
public final class Parameterizations {

    private static final OptimizerRule SPECTRAL =
            OptimizerRule.decayKept(Power.of(FAN_OUT, 1, 2).times(Power.of(FAN_IN, -1, 2)));

    private static final List<Parameterization> NAMED = List.of(
            buildStandard(),
            buildEverett(),
            buildNtk(),
            buildMeanField(),
            buildMup(),
            buildTable3(),
            buildTable9(),
            buildPractitioner(),
            buildDepthMup(),
            buildCompleteP(),
            buildUnit(),
            buildSpectral(),
            buildSeedText(),
            buildSeedCode());

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
     * {@code 1/√D}, and one learning rate serves all tensors at all widths. A tied embedding starts at constant scale
     * and its logits are multiplied by {@code d^−½}, as T5 does (Raffel et al. 2020, arXiv:1910.10683, in its code).
     */
    public static Parameterization standard() {
        return byName("standard");
    }

    /**
     * Standard parameterization with a learning rate for each layer (Everett et al. 2024, arXiv:2407.05872, table 1,
     * full alignment): Adam's is {@code 1/fan_in} for hidden weights and readout, SGD's {@code d^½} for inputs,
     * {@code d^½/fan_in} for hidden weights, {@code 1/fan_in} for the readout. ε goes with the gradients of each layer,
     * which the paper finds necessary (its section 4.3): {@code d^−½} but for the readout. Attention is SP's.
     */
    public static Parameterization everett() {
        return byName("everett");
    }

    /**
     * Neural tangent parameterization (Jacot et al. 2018, arXiv:1806.07572): weights start at constant scale behind
     * {@code 1/√fan_in}; learning rates are Everett et al.'s (table 1, full alignment). {@link #everett()} by
     * another name: the symmetry with {@code θ = fan_in^−½} maps one to the other.
     */
    public static Parameterization ntk() {
        return byName("ntk");
    }

    /**
     * Mean-field parameterization (Mei et al. 2018, arXiv:1804.06561; for many layers as in Everett et al., table 1):
     * hidden weights of constant scale behind {@code 1/√fan_in}, readout behind {@code 1/fan_in}. {@link #mup()} by
     * another name: the symmetry with {@code θ = fan_in^−½} on hidden weights.
     */
    public static Parameterization meanField() {
        return byName("mean-field");
    }

    /**
     * μP, in the form of table 8 of Yang et al. 2022 (arXiv:2203.03466): input-like tensors keep their scale, hidden
     * weights start at {@code 1/√fan_in} with an Adam learning rate of {@code 1/fan_in}, the readout starts at
     * constant scale behind a multiplier {@code 1/fan_in}, and attention is scaled by {@code 1/D}. Of the paper's three
     * tables this is the one under which an embedding can be tied to the readout: both start and learn alike, and the
     * multiplier is the readout's alone. All rules tie so but {@link #standard()}
     * and those whose papers leave it open ({@link #everett()}, {@link #ntk()}, {@link #unit()}). Weight decay, of
     * which the table is silent, keeps {@code η·λ} as at the base, as microsoft/mup does; ε stays. Muon's steps on
     * hidden weights have the spectral norm {@code √(fan_out/fan_in)} of {@link #spectral()}.
     */
    public static Parameterization mup() {
        return byName("mup");
    }

    /**
     * μP in the form of table 3 of Yang et al. 2022: no multiplier, the readout starts at {@code 1/fan_in}. Derived
     * from table 8 with {@code θ = fan_in}, so that ε and weight decay, of which the tables are silent, are those of
     * the same training.
     */
    public static Parameterization mupTable3() {
        return byName("mup-table3");
    }

    /**
     * μP in the form of table 9 of Yang et al. 2022: inputs start at {@code 1/√fan_out} behind {@code √fan_out}, the
     * readout at {@code 1/√fan_in} behind {@code 1/√fan_in}. Derived from table 8 as {@link #mupTable3()} is.
     */
    public static Parameterization mupTable9() {
        return byName("mup-table9");
    }

    /**
     * μP as practitioners write it (EleutherAI/nanoGPT-mup and "The Practitioner's Guide to the Maximal Update
     * Parameterization", 2024), with m the ratio of widths: hidden variance {@code 1/m}, Adam {@code η/m}, logits
     * {@code 1/m}, attention {@code 1/D}. Weight decay isn't adjusted, so {@code η·λ} of hidden weights falls.
     */
    public static Parameterization mupPractitioner() {
        return byName("mup-practitioner");
    }

    /**
     * Depth-μP (Yang et al. 2023, arXiv:2310.02244) as table 1 of CompleteP (arXiv:2505.01618) has it for
     * {@code α = ½}: branches and the learning rate of what is in them are multiplied by {@code L^−½}. The final
     * norm's gain follows those in the blocks, since a role has one rule. That table gives no rates for SGD: they are
     * {@link #mup()}'s, without depth.
     */
    public static Parameterization depthMup() {
        return byName("depth-mup");
    }

    /**
     * CompleteP (Dey et al. 2025, arXiv:2505.01618, table 1, {@code α = 1}): branches are multiplied by {@code 1/L},
     * hidden weights learn at {@code 1/m} with weight decay {@code m} whatever the depth, and ε is {@code 1/m},
     * {@code 1/(m·L)} within blocks. The paper gives no rates for SGD: they are {@link #mup()}'s, without depth.
     */
    public static Parameterization completeP() {
        return byName("complete-p");
    }

    /**
     * u-μP (Blake et al. 2024, arXiv:2407.17465, table 2): all weights start at constant scale, hidden ones behind
     * {@code 1/√fan_in}; Adam's rate is {@code 1/√fan_in} for hidden weights, {@code 1/√fan_out} for embeddings;
     * branches and their rates are multiplied by {@code L^−½}; weight decay is independent. The paper's separate
     * factor for the readout's gradient is left out: Adam's steps don't depend on it.
     */
    public static Parameterization unit() {
        return byName("u-mup");
    }

    /**
     * The spectral condition (Yang et al. 2023, arXiv:2310.17813): weights and their changes have the spectral norm
     * {@code √(fan_out/fan_in)}. For Adam and SGD that is table 3; it is what Muon's steps are scaled to. Never stack
     * Adam's factors on Muon: an orthogonal step's spectral norm is 1 at every width.
     */
    public static Parameterization spectral() {
        return byName("spectral");
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
                byKind(
                        TensorRule.CONSTANT,
                        matrix,
                        matrix,
                        TensorRule.CONSTANT.withMultiplier(Power.of(FAN_OUT, -1, 2))),
                Power.of(HEAD_DIM, -1, 2),
                Power.ONE);
    }

    private static Parameterization buildEverett() {
        Power gradients = Power.of(WIDTH, -1, 2);
        OptimizerRule constant = OptimizerRule.CONSTANT.withEps(gradients);
        Power aligned = Power.of(FAN_IN, -1);
        OptimizerRule falling = OptimizerRule.decayKept(aligned);
        // SGD's steps are as large as the gradients, which its rates take back.
        Power raised = Power.ONE.over(gradients);
        TensorRule matrix = TensorRule.CONSTANT.withStd(Power.of(FAN_IN, -1, 2));
        return new Parameterization(
                "everett",
                "Everett et al. 2024, arXiv:2407.05872, table 1: standard with a learning rate for each layer",
                byKind(
                        TensorRule.CONSTANT.withAdam(constant).withSgd(OptimizerRule.decayKept(raised)),
                        matrix.withAdam(falling.withEps(gradients))
                                .withSgd(OptimizerRule.decayKept(raised.times(aligned)))
                                .withMuon(SPECTRAL),
                        matrix.withAdam(falling).withSgd(falling),
                        null),
                Power.of(HEAD_DIM, -1, 2),
                Power.ONE);
    }

    private static Parameterization buildNtk() {
        Power theta = Power.of(FAN_IN, -1, 2);
        return buildEverett()
                .rescaled(Role.of(Role.Kind.HIDDEN), theta)
                .rescaled(Role.of(Role.Kind.OUTPUT), theta)
                .named("ntk", "Jacot et al. 2018, arXiv:1806.07572; learning rates of arXiv:2407.05872, table 1");
    }

    private static Parameterization buildMeanField() {
        return buildMup()
                .rescaled(Role.of(Role.Kind.HIDDEN), Power.of(FAN_IN, -1, 2))
                .named("mean-field", "Mei et al. 2018, arXiv:1804.06561; many layers as in arXiv:2407.05872, table 1");
    }

    private static Parameterization buildMup() {
        TensorRule input = TensorRule.CONSTANT.withSgd(OptimizerRule.decayKept(Power.of(FAN_OUT, 1)));
        TensorRule hidden = TensorRule.CONSTANT
                .withStd(Power.of(FAN_IN, -1, 2))
                .withAdam(OptimizerRule.decayKept(Power.of(FAN_IN, -1)))
                .withMuon(SPECTRAL);
        TensorRule readout = TensorRule.CONSTANT
                .withMultiplier(Power.of(FAN_IN, -1))
                .withSgd(OptimizerRule.decayKept(Power.of(FAN_IN, 1)));
        return new Parameterization(
                "mup",
                "Yang et al. 2022, arXiv:2203.03466, table 8",
                byKind(input, hidden, readout, input.withMultiplier(Power.of(FAN_OUT, -1))),
                Power.of(HEAD_DIM, -1),
                Power.ONE);
    }

    private static Parameterization buildTable3() {
        return buildMup()
                .rescaled(Role.of(Role.Kind.OUTPUT), Power.of(FAN_IN, 1))
                .named("mup-table3", "Yang et al. 2022, arXiv:2203.03466, table 3");
    }

    private static Parameterization buildTable9() {
        return buildMup()
                .rescaled(Role.of(Role.Kind.INPUT), Power.of(FAN_OUT, 1, 2))
                .rescaled(Role.of(Role.Kind.OUTPUT), Power.of(FAN_IN, 1, 2))
                .named("mup-table9", "Yang et al. 2022, arXiv:2203.03466, table 9");
    }

    private static Parameterization buildPractitioner() {
        return buildMup()
                .map(
                        Role.of(Role.Kind.HIDDEN),
                        hidden -> hidden.withStd(Power.of(WIDTH, -1, 2))
                                .withAdam(OptimizerRule.CONSTANT.withLearningRate(Power.of(WIDTH, -1))))
                .map(Role.of(Role.Kind.OUTPUT), readout -> readout.withMultiplier(Power.of(WIDTH, -1)))
                .named("mup-practitioner", "EleutherAI/nanoGPT-mup: the practitioner's guide to muP");
    }

    private static Parameterization buildDepthMup() {
        return withDepth(Rational.HALF).named("depth-mup", "arXiv:2310.02244; arXiv:2505.01618, table 1, alpha = 1/2");
    }

    private static Parameterization buildCompleteP() {
        return withDepth(Rational.ONE).named("complete-p", "Dey et al. 2025, arXiv:2505.01618, table 1, alpha = 1");
    }

    /** Table 1 of CompleteP for one α. */
    private static Parameterization withDepth(Rational alpha) {
        Power branch = Power.of(DEPTH, alpha.negate());
        Power rate = Power.of(DEPTH, alpha.minus(Rational.ONE));
        Power outside = Power.of(WIDTH, -1);
        Power inside = outside.times(branch);
        OptimizerRule hidden = new OptimizerRule(Power.of(WIDTH, -1).times(rate), Power.of(WIDTH, 1), inside);
        OptimizerRule vector = new OptimizerRule(rate, Power.ONE, inside);
        OptimizerRule ends = OptimizerRule.CONSTANT.withEps(outside);
        return buildPractitioner()
                .map(
                        Role.of(Role.Kind.HIDDEN),
                        rule -> rule.withAdam(hidden)
                                .withMuon(SPECTRAL.withLearningRate(
                                        SPECTRAL.learningRate().times(rate))))
                .map(Role.of(Role.Kind.VECTOR), rule -> rule.withAdam(vector))
                .map(Role.of(Role.Kind.INPUT), rule -> rule.withAdam(ends))
                .map(Role.of(Role.Kind.OUTPUT), rule -> rule.withAdam(ends))
                .map(Role.of(Role.Kind.TIED), rule -> rule.withAdam(ends))
                .withResidualMultiplier(branch);
    }

    private static Parameterization buildUnit() {
        Power depth = Power.of(DEPTH, -1, 2);
        return buildMeanField()
                .map(
                        Role.of(Role.Kind.HIDDEN),
                        rule -> rule.withAdam(
                                OptimizerRule.decayKept(Power.of(FAN_IN, -1, 2).times(depth))))
                .map(Role.of(Role.Kind.INPUT), rule -> rule.withAdam(OptimizerRule.decayKept(Power.of(FAN_OUT, -1, 2))))
                .without(Role.TIED_EMBEDDING)
                .withResidualMultiplier(depth)
                .named("u-mup", "Blake et al. 2024, arXiv:2407.17465, table 2");
    }

    private static Parameterization buildSpectral() {
        return buildTable3().named("spectral", "Yang et al. 2023, arXiv:2310.17813");
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
        return buildMup().map(List.of(Role.QUERY, Role.KEY, Role.VALUE), rule -> rule.withStd(std));
    }

    /** @param tied null for a rule that leaves it open */
    private static Map<Role, TensorRule> byKind(
            TensorRule inputAndVectors, TensorRule hidden, TensorRule readout, @Nullable TensorRule tied) {
        Map<Role, TensorRule> tensors = new EnumMap<>(Role.class);
        for (Role role : Role.values()) {
            TensorRule own = switch (role.kind()) {
                case INPUT, VECTOR -> inputAndVectors;
                case HIDDEN -> hidden;
                case OUTPUT -> readout;
                case TIED -> tied;
            };
            if (own != null) {
                tensors.put(role, own);
            }
        }
        return tensors;
    }
}
