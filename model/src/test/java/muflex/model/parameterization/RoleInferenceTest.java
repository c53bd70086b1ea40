package muflex.model.parameterization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import muflex.model.Activation;
import muflex.model.ModelSpec;
import muflex.model.Positions;
import muflex.model.TransformerConfig;
import org.junit.jupiter.api.Test;

class RoleInferenceTest {

    private static Map<String, List<Integer>> sizes(int width) {
        TransformerConfig config =
                new TransformerConfig(256, width, 2, 4, 2, width / 4, 3 * width, 24, Positions.ROPE, Activation.SWIGLU);
        return ModelSpec.of(config, Parameterizations.mup(), config).tensors().stream()
                .collect(Collectors.toMap(TensorSpec::name, TensorSpec::sizes, (a, b) -> a, LinkedHashMap::new));
    }

    @Test
    void thisProjectsTensorsGetTheirOwnRoles() {
        TransformerConfig config =
                new TransformerConfig(256, 32, 2, 4, 2, 8, 96, 24, Positions.ROPE, Activation.SWIGLU);
        Map<String, Role> expected = ModelSpec.of(config, Parameterizations.mup(), config).tensors().stream()
                .collect(Collectors.toMap(TensorSpec::name, TensorSpec::role));
        assertThat(RoleInference.AUTOMATIC.infer(sizes(32), sizes(64))).isEqualTo(expected);
    }

    @Test
    void namesOfOtherProjectsAreKnown() {
        Map<String, List<Integer>> base = Map.of("h.0.q_proj.weight", List.of(8, 8), "lm_head.weight", List.of(8, 50));
        Map<String, List<Integer>> wider =
                Map.of("h.0.q_proj.weight", List.of(16, 16), "lm_head.weight", List.of(16, 50));
        assertThat(RoleInference.AUTOMATIC.infer(base, wider))
                .containsEntry("h.0.q_proj.weight", Role.QUERY)
                .containsEntry("lm_head.weight", Role.READOUT);
    }

    /** As PyTorch keeps them: matrices [out, in], tables of rows to look up [in, out]. */
    @Test
    void matricesMayHaveTheirOutputsFirst() {
        Map<String, List<Integer>> base = Map.of(
                "wte.weight", List.of(50, 8), "lm_head.weight", List.of(50, 8), "h.0.fc1.weight", List.of(32, 8));
        Map<String, List<Integer>> wider = Map.of(
                "wte.weight", List.of(50, 16), "lm_head.weight", List.of(50, 16), "h.0.fc1.weight", List.of(64, 16));

        assertThat(RoleInference.AUTOMATIC.withOutFirst().infer(base, wider))
                .containsEntry("wte.weight", Role.EMBEDDING)
                .containsEntry("lm_head.weight", Role.READOUT)
                .containsEntry("h.0.fc1.weight", Role.MLP_IN);
    }

    private static void refused(String name, List<Integer> base, List<Integer> wider, String message) {
        assertThatThrownBy(() -> RoleInference.AUTOMATIC.infer(Map.of(name, base), Map.of(name, wider)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void whatIsAmbiguousIsRefusedWithTheChoices() {
        refused(
                "h.0.mixer",
                List.of(8, 8),
                List.of(16, 16),
                "role of h.0.mixer: expected a name that decides between query, key, value, attention_out, mlp_in,"
                        + " mlp_gate, mlp_out, got sizes [8, 8] at the base and [16, 16] wider; state it with"
                        + " --role h.0.mixer=ROLE, or RoleInference.with");
        refused(
                "lm_head",
                List.of(50, 8),
                List.of(50, 16),
                "role of lm_head: expected one of the roles that its growth allows, embedding, position, got sizes"
                        + " [50, 8] at the base and [50, 16] wider and a name that says readout; state it"
                        + " with --role lm_head=ROLE, or RoleInference.with");
        refused(
                "q_proj",
                List.of(8, 8),
                List.of(8, 8),
                "role of q_proj: expected an axis that grows, got [8, 8] in both models; widen the second, or state"
                        + " it with --role q_proj=ROLE, or RoleInference.with");
        refused(
                "conv",
                List.of(8, 8, 3),
                List.of(16, 16, 3),
                "role of conv: expected a vector or a matrix, got 3 axes; state it with --role conv=ROLE, or"
                        + " RoleInference.with");
        assertThatThrownBy(() -> RoleInference.AUTOMATIC.infer(Map.of("w", List.of(8, 8)), Map.of()))
                .hasMessage("wider: expected w with 2 axes, as in the base model, got null; build both from one"
                        + " definition");
    }

    /** The readout of GPT-2 is its embedding, and no tensor says so. */
    @Test
    void aLoneEmbeddingMayBeTheReadoutToo() {
        refused(
                "wte.weight",
                List.of(50, 8),
                List.of(50, 16),
                "role of wte.weight: expected a readout beside the embedding, got none; state tied_embedding if"
                        + " it is the readout too, else embedding: state it with --role wte.weight=ROLE, or"
                        + " RoleInference.with");
        assertThat(RoleInference.AUTOMATIC
                        .with("wte.weight", Role.TIED_EMBEDDING)
                        .infer(Map.of("wte.weight", List.of(50, 8)), Map.of("wte.weight", List.of(50, 16))))
                .containsEntry("wte.weight", Role.TIED_EMBEDDING);
    }

    @Test
    void aStatedRoleGoesFirst() {
        assertThat(RoleInference.AUTOMATIC
                        .with("h.0.mixer", Role.VALUE)
                        .infer(Map.of("h.0.mixer", List.of(8, 8)), Map.of("h.0.mixer", List.of(16, 16))))
                .containsEntry("h.0.mixer", Role.VALUE);
    }
}
