package muflex.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import muflex.model.TransformerConfig.Growth;
import muflex.model.parameterization.OptimizerKind;
import muflex.model.parameterization.Parameterizations;
import org.junit.jupiter.api.Test;

class TransformerConfigTest {

    private static final TransformerConfig BASE =
            TransformerConfig.ofBytes(128, 2, 64).withHeads(4, 2, 32);

    @Test
    void widensByHeadsOrByHeadDim() {
        TransformerConfig heads = BASE.atWidth(512, Growth.HEADS);
        assertThat(new int[] {heads.heads(), heads.kvHeads(), heads.headDim(), heads.feedForward()})
                .containsExactly(16, 8, 32, 2048);
        TransformerConfig dims = BASE.atWidth(512, Growth.HEAD_DIM);
        assertThat(new int[] {dims.heads(), dims.kvHeads(), dims.headDim(), dims.feedForward()})
                .containsExactly(4, 2, 128, 2048);
        assertThat(heads.atWidth(128, Growth.HEADS)).isEqualTo(BASE);
    }

    @Test
    void errorsNameTheFault() {
        assertThatThrownBy(() -> BASE.withHeads(4, 3, 32))
                .hasMessage("kvHeads: expected a divisor of heads = 4, got 3; "
                        + "give each key head the same number of query heads");
        assertThatThrownBy(() -> BASE.withHeads(4, 4, 31))
                .hasMessage("headDim: expected an even number under RoPE, which rotates pairs, got 31; "
                        + "change it or positions");
        assertThatThrownBy(() -> BASE.atWidth(200, Growth.HEADS))
                .hasMessage("width: expected one at which heads = 4 of width 128 stays whole, got 200; "
                        + "choose a multiple");
        assertThatThrownBy(() -> TransformerConfig.ofBytes(100, 1, 1))
                .hasMessage("width: expected a multiple of 32, the head dim, got 100; "
                        + "round it, or give all sizes to the constructor");
    }

    @Test
    void clippingWarnsWhereTensorsHaveTheirOwnScale() {
        TransformerConfig wide = BASE.atWidth(256, Growth.HEADS);
        assertThat(ModelSpec.of(wide, Parameterizations.mup(), BASE).clippingWarning(OptimizerKind.ADAM))
                .hasValueSatisfying(warning -> assertThat(warning)
                        .startsWith("clip: rule 'mup' gives layers.0.attention.query its own scale at this width"));
        assertThat(ModelSpec.of(BASE, Parameterizations.mup(), BASE).clippingWarning(OptimizerKind.ADAM))
                .isEmpty();
        assertThat(ModelSpec.of(wide, Parameterizations.standard(), BASE).clippingWarning(OptimizerKind.ADAM))
                .isEmpty();
    }

    @Test
    void initialValuesDependOnSeedAndNameOnly() {
        TrainedModel one =
                TrainedModel.initial(ModelSpec.of(BASE, Parameterizations.mup(), BASE), AttentionVariant.CAUSAL, 5);
        TrainedModel deeper = TrainedModel.initial(
                ModelSpec.of(BASE.withDepth(3), Parameterizations.mup(), BASE), AttentionVariant.CAUSAL, 5);
        one.parameters()
                .forEach((name, values) ->
                        assertThat(deeper.parameters().get(name)).isEqualTo(values));
        assertThat(one.parameters().get("layers.0.mlp.in"))
                .isNotEqualTo(one.parameters().get("layers.1.mlp.in"));
        assertThat(one.parameters().get("norm")).containsOnly(1f);
        assertThat(one.parameters().get("readout")).containsOnly(0f);
    }

    @Test
    void tablesAreAsPinned() {
        ModelSpec spec = ModelSpec.of(
                TransformerConfig.ofBytes(128, 1, 64), Parameterizations.mup(), TransformerConfig.ofBytes(32, 1, 64));
        assertThat(new ScaleTable(spec, OptimizerKind.ADAM)).hasToString("""
                tensor                    role           shape    multiplier        std  lr factor  decay factor  eps factor
                embedding                 embedding      256x128     1.00000   0.500000    1.00000       1.00000     1.00000
                layers.0.attention.norm   norm_gain      128         1.00000    0.00000    1.00000       0.00000     1.00000
                layers.0.attention.query  query          128x128     1.00000  0.0883883   0.250000       4.00000     1.00000
                layers.0.attention.key    key            128x128     1.00000  0.0883883   0.250000       4.00000     1.00000
                layers.0.attention.value  value          128x128     1.00000  0.0883883   0.250000       4.00000     1.00000
                layers.0.attention.out    attention_out  128x128     1.00000  0.0625000   0.250000       4.00000     1.00000
                layers.0.mlp.norm         norm_gain      128         1.00000    0.00000    1.00000       0.00000     1.00000
                layers.0.mlp.in           mlp_in         128x512     1.00000  0.0883883   0.250000       4.00000     1.00000
                layers.0.mlp.out          mlp_out        512x128     1.00000  0.0312500   0.250000       4.00000     1.00000
                norm                      norm_gain      128         1.00000    0.00000    1.00000       0.00000     1.00000
                readout                   readout        128x256    0.250000    0.00000    1.00000       1.00000     1.00000
                attention scale 0.176777, residual multiplier 1.00000
                """);
    }
}
