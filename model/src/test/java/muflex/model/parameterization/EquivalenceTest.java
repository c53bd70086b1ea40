package muflex.model.parameterization;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class EquivalenceTest {

    private static Equivalence of(String first, String second, OptimizerKind optimizer) {
        return Equivalence.of(Parameterizations.byName(first), Parameterizations.byName(second), optimizer);
    }

    @ParameterizedTest
    @CsvSource({
        "mup, mup-table3",
        "mup, mup-table9",
        "mup-table3, mup-table9",
        "mup, mean-field",
        "mup, spectral",
        "everett, ntk"
    })
    void theseRulesAreOneTrainingWrittenTwice(String first, String second) {
        for (OptimizerKind optimizer : OptimizerKind.values()) {
            assertThat(of(first, second, optimizer).differences()).isEmpty();
            assertThat(of(second, first, optimizer).holds()).isTrue();
        }
    }

    @Test
    void thetaIsFoundForEachRole() {
        Equivalence found = of("mup", "mean-field", OptimizerKind.ADAM);
        assertThat(found.thetas().get(Role.MLP_IN)).isEqualTo(Power.parse("fan_in^-1/2"));
        assertThat(found.thetas().get(Role.READOUT)).isEqualTo(Power.ONE);
    }

    @ParameterizedTest
    @EnumSource(OptimizerKind.class)
    void noSymmetryMakesTheSeedsRulesOrTheStandardOneMup(OptimizerKind optimizer) {
        for (String other : List.of("standard", "seed-text", "seed-code")) {
            assertThat(of("mup", other, optimizer).holds()).isFalse();
        }
    }

    @Test
    void differencesNameTheTensorAndBothPowers() {
        assertThat(of("mup", "seed-text", OptimizerKind.ADAM).differences())
                .containsExactly(
                        "query std: fan_in^-1/2 after the symmetry, d^-1/2 * fan_in^-1/2 in the second",
                        "key std: fan_in^-1/2 after the symmetry, d^-1/2 * fan_in^-1/2 in the second",
                        "value std: fan_in^-1/2 after the symmetry, d^-1/2 * fan_in^-1/2 in the second",
                        "attention scale: D^-1 after the symmetry, d^-1/2 * D^-1/2 in the second");
    }

    /** Leaving ε behind is another training, which the check must see. */
    @Test
    void epsAndWeightDecayHaveToMove() {
        Parameterization mup = Parameterizations.mup();
        Parameterization table3 = Parameterizations.mupTable3();
        TensorRule readout = table3.tensor(Role.READOUT);
        Parameterization epsLeft =
                table3.with(Role.READOUT, readout.withAdam(readout.adam().withEps(Power.ONE)));
        assertThat(Equivalence.of(mup, epsLeft, OptimizerKind.ADAM).differences())
                .containsExactly("readout eps: fan_in after the symmetry, 1 in the second");
        assertThat(Equivalence.of(mup, epsLeft, OptimizerKind.SGD).holds()).isTrue();
    }
}
