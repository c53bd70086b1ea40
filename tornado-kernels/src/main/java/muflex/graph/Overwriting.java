package muflex.graph;

import java.util.List;

/** Which inputs an op's output may take the place of: those that it has read at an element before it writes there. */
final class Overwriting {

    private Overwriting() {}

    static List<Tensor> candidates(Op op, int output) {
        return switch (op) {
            case ElementOp.Add add -> add.broadcast() ? List.of(add.a()) : add.inputs();
            case ElementOp.Scale scale -> List.of(scale.a());
            case ElementOp.Map map -> map.inputs();
            case HeadOp.Rotary rotary -> List.of(rotary.x());
            case NormOp.RmsNorm norm -> first(output, norm.x());
            case NormOp.LayerNorm norm -> first(output, norm.x());
            case NormOp.RmsNormGradient norm -> first(output, norm.upstream());
            case NormOp.LayerNormGradient norm -> first(output, norm.upstream());
            case LossOp.CrossEntropyGradient loss -> List.of(loss.logits());
            default -> List.of();
        };
    }

    private static List<Tensor> first(int output, Tensor input) {
        return output == 0 ? List.of(input) : List.of();
    }
}
