package muflex.model.parameterization;

import static muflex.model.parameterization.Dimension.FAN_IN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ParameterizationTest {

    private static final ModelShape BASE = new ModelShape(96, 24, 4, 3, 384);
    private static final InitialScales SCALES = InitialScales.forDepth(3).with(Role.READOUT, 1);

    static List<Parameterization> rules() {
        return Parameterizations.all();
    }

    private static TensorSpec tensor(Role role, ModelShape shape) {
        int width = shape.width();
        return switch (role) {
            case EMBEDDING, TIED_EMBEDDING, POSITION -> TensorSpec.matrix("t", role, 256, width);
            case QUERY, KEY, VALUE, ATTENTION_OUT -> TensorSpec.matrix("t", role, width, width);
            case MLP_IN, MLP_GATE -> TensorSpec.matrix("t", role, width, shape.feedForward());
            case MLP_OUT -> TensorSpec.matrix("t", role, shape.feedForward(), width);
            case READOUT -> TensorSpec.matrix("t", role, width, 256);
            case NORM_GAIN, BIAS -> TensorSpec.vector("t", role, width);
        };
    }

    private static TensorSettings settings(Parameterization rule, OptimizerKind kind, Role role, ModelShape shape) {
        return TensorSettings.of(rule, kind, SCALES, tensor(role, shape), shape, tensor(role, BASE), BASE);
    }

    private static ModelShape wider(int times) {
        return new ModelShape(96 * times, 24, 4 * times, 3, 384 * times);
    }

    @ParameterizedTest
    @MethodSource("rules")
    void atTheBaseEveryRuleIsTheStandardOneBitForBit(Parameterization rule) {
        Parameterization standard = Parameterizations.standard();
        for (Role role : rule.tensors().keySet()) {
            for (OptimizerKind kind : OptimizerKind.values()) {
                assertThat(settings(rule, kind, role, BASE)).isEqualTo(settings(standard, kind, role, BASE));
            }
        }
        assertThat(rule.attentionScale(BASE, BASE)).isEqualTo((float) (1 / Math.sqrt(24)));
        assertThat(rule.residualMultiplier(BASE, BASE)).isEqualTo(1f);
    }

    @ParameterizedTest
    @MethodSource("rules")
    void jsonReadsWhatItWrites(Parameterization rule) {
        assertThat(ParameterizationJson.read(ParameterizationJson.write(rule))).isEqualTo(rule);
    }

    /**
     * The update of {@code A·w} is {@code A·C} under Adam, whose steps have size C. It must be Θ(1) in a coordinate of
     * the output: with x of Θ(1) entries that the update is aligned to, that is {@code A·C·fan_in = 1} for hidden
     * weights and readout (a tied one sums over fan_out), and {@code A·C = 1} for inputs, where fan_in doesn't grow.
     */
    private static double updateExponent(Parameterization rule, Role role) {
        return updateExponent(rule, OptimizerKind.ADAM, role, 1);
    }

    /** The same for steps of size C times {@code step}, at four times the width. */
    private static double updateExponent(Parameterization rule, OptimizerKind kind, Role role, double step) {
        double growth = 4;
        TensorSettings wide = settings(rule, kind, role, wider(4));
        double fanIn = switch (role.kind()) {
            case HIDDEN, OUTPUT, TIED -> growth;
            case INPUT, VECTOR -> 1;
        };
        return Math.log(wide.multiplier() * wide.learningRateFactor() * step * fanIn) / Math.log(growth);
    }

    /**
     * How much an entry of a gradient changes with four times the width: by the tensor's own multiplier, and but for
     * the readout by what reaches the residual stream through the readout, {@code A·B} of it; hidden weights pass that
     * on unchanged, {@code A·B·√fan_out} being 1 at the start.
     */
    private static double gradientFactor(Parameterization rule, Role role) {
        TensorSettings own = settings(rule, OptimizerKind.SGD, role, wider(4));
        TensorSettings readout = settings(rule, OptimizerKind.SGD, Role.READOUT, wider(4));
        TensorSettings atBase = settings(rule, OptimizerKind.SGD, Role.READOUT, BASE);
        double stream = readout.multiplier() * readout.std() / (atBase.multiplier() * atBase.std());
        return own.multiplier() * (role.kind() == Role.Kind.OUTPUT ? 1 : stream);
    }

    /** A coordinate of a hidden weight's output at the start: {@code A·B·√fan_in} should not change with width. */
    private static double startExponent(Parameterization rule, Role role) {
        TensorSettings base = settings(rule, OptimizerKind.ADAM, role, BASE);
        TensorSettings wide = settings(rule, OptimizerKind.ADAM, role, wider(4));
        double fanIn = role.kind() == Role.Kind.HIDDEN ? 4 : 1;
        return Math.log(wide.multiplier() * wide.std() * Math.sqrt(fanIn) / (base.multiplier() * base.std()))
                / Math.log(4);
    }

    @ParameterizedTest
    @EnumSource(Role.class)
    void underMupEveryTensorsUpdateMovesItsOutputByTheSameAtEachWidth(Role role) {
        assertThat(updateExponent(Parameterizations.mup(), role)).isZero();
    }

    @ParameterizedTest
    @EnumSource(Role.class)
    void standardBreaksThatForHiddenAndReadout(Role role) {
        double expected = switch (role.kind()) {
            case HIDDEN, OUTPUT -> 1;
            case TIED -> 0.5;
            case INPUT, VECTOR -> 0;
        };
        assertThat(updateExponent(Parameterizations.standard(), role)).isEqualTo(expected);
    }

    @ParameterizedTest
    @EnumSource(
            value = Role.class,
            names = {"QUERY", "KEY", "VALUE"})
    void theSeedsProjectionsShrinkWhereMupsDoNot(Role role) {
        assertThat(startExponent(Parameterizations.mup(), role)).isZero();
        assertThat(startExponent(Parameterizations.seedText(), role)).isEqualTo(-0.5);
        assertThat(startExponent(Parameterizations.seedCode(), role)).isEqualTo(-1);
    }

    @Test
    void attentionScalesAreThoseOfTheRules() {
        ModelShape sameHeads = new ModelShape(384, 96, 4, 3, 1536);
        float atBase = (float) (1 / Math.sqrt(24));
        assertThat(Parameterizations.standard().attentionScale(sameHeads, BASE)).isEqualTo(atBase / 2);
        assertThat(Parameterizations.mup().attentionScale(sameHeads, BASE)).isEqualTo(atBase / 4);
        assertThat(Parameterizations.seedText().attentionScale(sameHeads, BASE)).isEqualTo(atBase / 4);
        assertThat(Parameterizations.seedCode().attentionScale(sameHeads, BASE)).isEqualTo(atBase / 8);
        assertThat(Parameterizations.seedText().attentionScale(wider(4), BASE)).isEqualTo(atBase / 2);
    }

    /** Tables 3 and 8 of the paper are one rule: the readout differs by θ = fan_in. */
    @Test
    void symmetryTurnsTable8IntoTable3() {
        TensorRule table3 = TensorRule.CONSTANT
                .withStd(Power.of(FAN_IN, -1))
                .withAdam(new OptimizerRule(Power.of(FAN_IN, -1), Power.of(FAN_IN, 1), Power.of(FAN_IN, 1)))
                .withSgd(OptimizerRule.decayKept(Power.of(FAN_IN, -1)));
        TensorRule mapped = Parameterizations.mup().tensor(Role.READOUT).rescaled(Power.of(FAN_IN, 1));
        // Muon leaves the readout to Adam, so that exponents for it mean nothing there.
        assertThat(mapped.withMuon(OptimizerRule.CONSTANT)).isEqualTo(table3);
    }

    /** The rules whose updates move each tensor's output alike at every width, whatever their form. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "everett",
                "ntk",
                "mean-field",
                "mup-table3",
                "mup-table9",
                "mup-practitioner",
                "depth-mup",
                "complete-p",
                "u-mup",
                "spectral"
            })
    void theSuccessorsKeepUpdatesToo(String name) {
        for (Role role : Parameterizations.byName(name).tensors().keySet()) {
            if (!(name.equals("u-mup") && role.kind() == Role.Kind.INPUT)) {
                assertThat(updateExponent(Parameterizations.byName(name), role))
                        .as(name + " " + role)
                        .isZero();
            }
        }
        // u-μP lets embeddings learn more slowly: its own finding.
        assertThat(updateExponent(Parameterizations.unit(), Role.EMBEDDING)).isEqualTo(-0.5);
    }

    /** Under SGD, whose steps are C times the gradient. */
    @ParameterizedTest
    @ValueSource(strings = {"everett", "ntk", "mean-field", "mup", "mup-table3", "mup-table9", "spectral"})
    void underSgdTheSuccessorsKeepUpdatesToo(String name) {
        Parameterization rule = Parameterizations.byName(name);
        for (Role role : rule.tensors().keySet()) {
            // A tied embedding's gradient is a sum of two, of which the lookup's is the smaller.
            if (role.kind() != Role.Kind.TIED) {
                assertThat(updateExponent(rule, OptimizerKind.SGD, role, gradientFactor(rule, role)))
                        .as(name + " " + role)
                        .isCloseTo(0, within(1e-6));
            }
        }
    }

    /** Table 1 of Everett et al., full alignment; the standard rule is another. */
    @Test
    void sgdFollowsTable1OfEverett() {
        assertThat(sgdRates("everett")).containsExactly("d^1/2", "d^1/2 * fan_in^-1", "fan_in^-1");
        assertThat(sgdRates("ntk")).containsExactly("d^1/2", "d^1/2", "1");
        assertThat(Equivalence.of(Parameterizations.everett(), Parameterizations.ntk(), OptimizerKind.SGD)
                        .holds())
                .isTrue();
        assertThat(Equivalence.of(Parameterizations.everett(), Parameterizations.standard(), OptimizerKind.SGD)
                        .holds())
                .isFalse();
    }

    private static List<String> sgdRates(String name) {
        return Stream.of(Role.EMBEDDING, Role.QUERY, Role.READOUT)
                .map(role -> Parameterizations.byName(name)
                        .tensor(role)
                        .sgd()
                        .learningRate()
                        .toString())
                .toList();
    }

    private static ModelShape deeper(int times) {
        return new ModelShape(96, 24, 4, 3 * times, 384);
    }

    @Test
    void depthFollowsTable1OfCompleteP() {
        Parameterization complete = Parameterizations.completeP();
        Parameterization half = Parameterizations.depthMup();
        assertThat(complete.residualMultiplier(deeper(4), BASE)).isEqualTo(0.25f);
        assertThat(half.residualMultiplier(deeper(4), BASE)).isEqualTo(0.5f);
        TensorSettings deep = settings(complete, OptimizerKind.ADAM, Role.MLP_IN, deeper(4));
        assertThat(deep.learningRateFactor()).isEqualTo(1);
        assertThat(deep.epsFactor()).isEqualTo(0.25);
        assertThat(settings(half, OptimizerKind.ADAM, Role.MLP_IN, deeper(4)).learningRateFactor())
                .isEqualTo(0.5);
        assertThat(settings(half, OptimizerKind.ADAM, Role.NORM_GAIN, deeper(4)).learningRateFactor())
                .isEqualTo(0.5);
        TensorSettings wide = settings(complete, OptimizerKind.ADAM, Role.MLP_IN, wider(4));
        assertThat(wide.weightDecayFactor()).isEqualTo(4);
        assertThat(wide.epsFactor()).isEqualTo(0.25);
    }

    @Test
    void table9IsThePapers() {
        Parameterization table9 = Parameterizations.mupTable9();
        assertThat(table9.tensor(Role.EMBEDDING).multiplier()).isEqualTo(Power.parse("fan_out^1/2"));
        assertThat(table9.tensor(Role.EMBEDDING).std()).isEqualTo(Power.parse("fan_out^-1/2"));
        assertThat(table9.tensor(Role.EMBEDDING).adam().learningRate()).isEqualTo(Power.parse("fan_out^-1/2"));
        assertThat(table9.tensor(Role.READOUT).multiplier()).isEqualTo(Power.parse("fan_in^-1/2"));
        assertThat(table9.tensor(Role.READOUT).adam().learningRate()).isEqualTo(Power.parse("fan_in^-1/2"));
    }

    @Test
    void muonsStepsHaveTheSpectralNormAndNoFactorOfAdams() {
        TensorRule out = Parameterizations.spectral().tensor(Role.MLP_OUT);
        assertThat(out.muon().learningRate()).isEqualTo(Power.parse("fan_in^-1/2 * fan_out^1/2"));
        Parameterization mup = Parameterizations.mup();
        assertThat(settings(mup, OptimizerKind.MUON, Role.QUERY, wider(4)).learningRateFactor())
                .isEqualTo(1);
        assertThat(settings(mup, OptimizerKind.MUON, Role.EMBEDDING, wider(4)))
                .isEqualTo(settings(mup, OptimizerKind.ADAM, Role.EMBEDDING, wider(4)));
    }

    @Test
    void sgdFollowsTable8() {
        Parameterization mup = Parameterizations.mup();
        ModelShape wide = wider(4);
        assertThat(settings(mup, OptimizerKind.SGD, Role.EMBEDDING, wide).learningRateFactor())
                .isEqualTo(4);
        assertThat(settings(mup, OptimizerKind.SGD, Role.NORM_GAIN, wide).learningRateFactor())
                .isEqualTo(4);
        assertThat(settings(mup, OptimizerKind.SGD, Role.MLP_OUT, wide).learningRateFactor())
                .isEqualTo(1);
        assertThat(settings(mup, OptimizerKind.SGD, Role.READOUT, wide).learningRateFactor())
                .isEqualTo(4);
    }

    /** Table 8's columns for inputs and outputs are alike but for the multiplier, which is the readout's. */
    @Test
    void aTiedEmbeddingFollowsTable8() {
        ModelShape wide = wider(4);
        TensorSettings tied = settings(Parameterizations.mup(), OptimizerKind.ADAM, Role.TIED_EMBEDDING, wide);
        assertThat(tied.multiplier()).isEqualTo(0.25f);
        assertThat(tied.std()).isEqualTo(1 / Math.sqrt(96));
        assertThat(tied.learningRateFactor()).isEqualTo(1);
        assertThat(settings(Parameterizations.mup(), OptimizerKind.SGD, Role.TIED_EMBEDDING, wide)
                        .learningRateFactor())
                .isEqualTo(4);
        assertThat(settings(Parameterizations.standard(), OptimizerKind.ADAM, Role.TIED_EMBEDDING, wide)
                        .multiplier())
                .isEqualTo(0.5f);
    }

    @Test
    void aRuleExtendsAnotherInAFewLines() {
        Parameterization rule = ParameterizationJson.read("""
                {"name": "mine", "source": "me", "extends": "mup", "attentionScale": "D^-1/2",
                 "tensors": {"query": {"std": "1"}, "hidden": {"std": "d^-1", "adam": {"eps": "d^-1"}}}}
                """);
        Parameterization mup = Parameterizations.mup();
        Parameterization expected = mup.map(
                        Role.of(Role.Kind.HIDDEN),
                        hidden -> hidden.withStd(Power.parse("d^-1"))
                                .withAdam(hidden.adam().withEps(Power.parse("d^-1"))))
                .withAttentionScale(Power.parse("D^-1/2"))
                .named("mine", "me");
        expected = expected.with(Role.QUERY, expected.tensor(Role.QUERY).withStd(Power.ONE));
        assertThat(rule).isEqualTo(expected);
        assertThat(ParameterizationJson.read("{\"extends\": \"mup\"}").tensors())
                .isEqualTo(mup.tensors());
    }

    @Test
    void errorsNameTheFault() {
        assertThatThrownBy(() -> ParameterizationJson.read("{\"extends\": \"mup\", \"tensors\": {\"hiden\": {}}}"))
                .hasMessageStartingWith("role: expected one of [embedding, position, ")
                .hasMessageEndingWith(", got 'hiden'; use one of them");
        assertThatThrownBy(() -> Parameterizations.byName("mu"))
                .hasMessage("rule: expected one of standard, everett, ntk, mean-field, mup, mup-table3, mup-table9, "
                        + "mup-practitioner, depth-mup, complete-p, u-mup, spectral, seed-text, seed-code, got 'mu'; "
                        + "use one of them, or give the rule as JSON");
        assertThatThrownBy(() -> Parameterizations.mup().withAttentionScale(Power.of(FAN_IN, 1)))
                .hasMessage("attentionScale: expected powers of the model's dimensions, got fan_in; "
                        + "fan_in belongs to one tensor");
        assertThatThrownBy(() -> ParameterizationJson.read("{\"tensors\": {}}"))
                .hasMessage("tensors: expected a rule for each role, got none for embedding in 'unnamed'; add one");
        assertThatThrownBy(() -> ParameterizationJson.read("{\"tensors\": {\"query\": {\"variance\": \"1\"}}}"))
                .hasMessage("query: expected keys among [adam, multiplier, muon, sgd, std], got 'variance'; "
                        + "correct or remove it");
        assertThatThrownBy(() -> ParameterizationJson.read("{\"tensors\": {\"query\": {\"std\": -0.5}}}"))
                .hasMessage("query.std: expected a power as text, such as \"fan_in^-1/2\", got -0.5; quote it");
    }
}
