package muflex.engine.lowering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import muflex.attention.AttentionShape;
import muflex.attention.Precision;
import muflex.engine.AttentionSpec;
import muflex.engine.lowering.Argument.Gradients;
import muflex.kernels.AttentionBackward;
import muflex.kernels.AttentionForward;
import muflex.kernels.GroupBackwardHalfTurns;
import muflex.kernels.GroupBackwardSliced;
import muflex.kernels.GroupForward;
import muflex.kernels.StripBackward;
import muflex.kernels.StripForward;
import muflex.kernels.TileProducts;
import muflex.kernels.WarpDelta;
import org.junit.jupiter.api.Test;

/** What lowering decides by the machine. */
class AttentionLoweringTest {
    private static final int LOCAL_FLOATS = 1 << 15;

    private static Machine gpu(int threads, int group) {
        return new Machine(Machine.Family.GROUPS, 4, 8, threads, LOCAL_FLOATS, group, false, false);
    }

    private static List<Call> backward(AttentionSpec spec, Machine machine) {
        return new AttentionOperands(spec).backward(new AttentionLowering(spec, machine), false);
    }

    @Test
    void theSumsOfALongLearnedArrayFitOneArray() {
        float[] bias = new float[17_000_000];
        AttentionSpec spec = AttentionSpec.of(AttentionShape.of(16, 8, 512, 16))
                .withScoreMod((score, b, h, q, kv) -> score + bias[q * 512 + kv])
                .withLearnable(List.of(bias));
        for (Machine machine : List.of(gpu(132, 1024), gpu(132, 64), new Machine(Machine.Family.TILES, 8, 16, 132))) {
            Gradients gradients = backward(spec, machine).stream()
                    .filter(Call.ClearGradients.class::isInstance)
                    .map(call -> ((Call.ClearGradients) call).gradients())
                    .findFirst()
                    .orElseThrow();

            assertThat(gradients.items()).isEqualTo(126);
            assertThat((long) gradients.items() * bias.length).isLessThanOrEqualTo(Integer.MAX_VALUE);
        }
    }

    @Test
    void groupKernelsRunWhereTheirGroupsFit() {
        AttentionSpec spec = AttentionSpec.of(AttentionShape.of(1, 1, 64, 16));

        assertThat(forward(spec, gpu(4, GroupForward.ITEMS)))
                .isInstanceOfSatisfying(
                        Call.Groups.class, call -> assertThat(call.kernel()).isEqualTo(GroupForward.class));
        assertThat(forward(spec, gpu(4, GroupForward.ITEMS - 1)))
                .isInstanceOfSatisfying(
                        Call.Loop.class, call -> assertThat(call.kernel()).isEqualTo(AttentionForward.class));
    }

    /** What OpenCL and TornadoVM give a group on an NVIDIA card. */
    @Test
    void groupsWithLittleMemoryTakeTheirOperandsInSlices() {
        Machine machine = new Machine(Machine.Family.GROUPS, 4, 8, 132, (48 << 10) / Float.BYTES, 1024, true, false);
        AttentionSpec spec = AttentionSpec.of(AttentionShape.of(1, 1, 256, 128));

        assertThat(kernels(spec, machine, false)).containsExactly("GroupForwardSliced.forward");
        assertThat(backward(spec, machine))
                .filteredOn(Call.Groups.class::isInstance)
                .<Class<?>>extracting(call -> ((Call.Groups) call).kernel())
                .containsExactly(GroupBackwardSliced.class, GroupBackwardSliced.class);
        AttentionSpec half = spec.withPrecision(Precision.HALF);
        assertThat(kernels(half, machine, true)).containsExactly("GroupForwardHalf.pack", "GroupForwardHalf.forward");
        assertThat(backward(half, machine))
                .filteredOn(Call.Groups.class::isInstance)
                .<Class<?>>extracting(call -> ((Call.Groups) call).kernel())
                .containsExactly(WarpDelta.class, GroupBackwardHalfTurns.class, GroupBackwardHalfTurns.class);
        AttentionSpec decode = spec.withShape(new AttentionShape(1, 8, 1, 1, 4096, 128, 128));
        Machine withoutWarps =
                new Machine(Machine.Family.GROUPS, 4, 8, 132, (48 << 10) / Float.BYTES, 1024, false, false);
        assertThat(kernels(decode, withoutWarps, false)).containsExactly("GroupDecode.forward", "GroupDecode.combine");
    }

    @Test
    void fewQueriesReadKeysAsTheyLie() {
        Machine machine = new Machine(Machine.Family.GROUPS, 4, 8, 132, LOCAL_FLOATS, 1024, true, false);
        AttentionSpec spec = AttentionSpec.of(new AttentionShape(1, 8, 1, 1, 4096, 64, 64));

        assertThat(kernels(spec, machine, false)).containsExactly("WarpDecode.forward", "GroupDecode.combine");
        AttentionSpec half = spec.withPrecision(Precision.HALF);
        assertThat(kernels(half, machine, true))
                .containsExactly("GroupForwardHalf.pack", "WarpDecodeHalf.forward", "GroupDecode.combine");
        assertThat(kernels(half, machine, false)).containsExactly("WarpDecode.forward", "GroupDecode.combine");
        assertThat(kernels(spec, gpu(132, 1024), false)).containsExactly("GroupDecode.forward", "GroupDecode.combine");
    }

    @Test
    void productsOfFourWarpsWhereADeviceHasThemAndRegistersDo() {
        Machine machine = new Machine(Machine.Family.GROUPS, 4, 8, 132, LOCAL_FLOATS, 1024, true, true);
        AttentionSpec spec = AttentionSpec.of(AttentionShape.of(1, 1, 256, 64)).withPrecision(Precision.HALF);

        assertThat(kernels(spec, machine, true)).containsExactly("GroupForwardHalf.pack", "GroupForwardPair.forward");
        assertThat(kernels(spec.withShape(AttentionShape.of(1, 64, 256, 64)), machine, true))
                .containsExactly("GroupForwardHalf.pack", "GroupForwardWide.forward");
        assertThat(kernels(spec.withShape(AttentionShape.of(1, 1, 256, 129)), machine, true))
                .containsExactly("GroupForwardHalf.pack", "GroupForwardHalf.forward");
        List<String> wide = List.of(
                "WarpDelta.delta",
                "GroupForwardHalf.pack",
                "GroupForwardHalf.pack",
                "GroupBackwardWide.keys",
                "GroupBackwardWide.queries");
        assertThat(names(backward(spec, machine))).isEqualTo(wide);
        assertThat(names(backward(spec.withShape(AttentionShape.of(1, 1, 256, 129)), machine)))
                .endsWith("GroupBackwardHalf.keys", "GroupBackwardHalf.queries");
    }

    /** Their gradients are summed by the items of a group in turn, which products of four warps know nothing of. */
    @Test
    void learnedArraysKeepTheKernelThatSumsTheirGradients() {
        Machine machine = new Machine(Machine.Family.GROUPS, 4, 8, 132, LOCAL_FLOATS, 1024, true, true);
        float[] bias = new float[16];
        AttentionSpec spec = AttentionSpec.of(AttentionShape.of(1, 1, 256, 64))
                .withScoreMod((score, b, h, q, kv) -> score + bias[q % 16])
                .withPrecision(Precision.HALF);

        assertThat(names(backward(spec, machine))).contains("GroupBackwardWide.keys");
        assertThat(names(backward(spec.withLearnable(List.of(bias)), machine)))
                .contains("GroupBackwardHalf.keys", "GroupBackwardHalf.queries")
                .doesNotContain("GroupBackwardWide.keys");
    }

    private static List<String> kernels(AttentionSpec spec, Machine machine, boolean rounded) {
        AttentionOperands operands = new AttentionOperands(spec);
        AttentionLowering lowering = new AttentionLowering(spec, machine);
        return names(
                rounded
                        ? Stream.concat(operands.round(lowering).stream(), operands.forwardRounded(lowering).stream())
                                .toList()
                        : operands.forward(lowering));
    }

    private static List<String> names(List<Call> calls) {
        return calls.stream()
                .map(call -> switch (call) {
                    case Call.Loop loop -> loop.kernel().getSimpleName() + "." + loop.method();
                    case Call.Groups groups -> groups.kernel().getSimpleName() + "." + groups.method();
                    default -> call.toString();
                })
                .toList();
    }

    @Test
    void stripsRunWhereTheyAreAskedForAndDoWhatIsWanted() {
        Machine strips = new Machine(Machine.Family.STRIPS, 8, 16, 2);
        AttentionSpec spec = AttentionSpec.of(AttentionShape.of(1, 1, 64, 16));

        for (AttentionSpec each : List.of(spec, spec.withDropout(0.5f, 1), spec.withSinks(new float[] {1f}))) {
            assertThat(forward(each, strips))
                    .isInstanceOfSatisfying(
                            Call.Loop.class, call -> assertThat(call.kernel()).isEqualTo(StripForward.class));
        }
    }

    @Test
    void stripsDoTheBackwardPassUnlessACapturedArrayLearns() {
        Machine strips = new Machine(Machine.Family.STRIPS, 8, 16, 2);
        AttentionSpec spec = AttentionSpec.of(AttentionShape.of(1, 1, 64, 16));
        float[] bias = {1f};

        for (AttentionSpec each : List.of(
                spec.withScoreMod((s, b, h, q, kv) -> s + q),
                spec.withScoreMod((s, b, h, q, kv) -> 2 * s),
                spec.withDropout(0.5f, 1),
                spec.withSinks(bias))) {
            assertThat(kernels(each, strips))
                    .containsExactly(StripBackward.class, StripBackward.class, TileProducts.class);
        }
        AttentionSpec learned =
                spec.withScoreMod((s, b, h, q, kv) -> s + bias[h]).withLearnable(List.of(bias));
        assertThat(kernels(learned, strips)).contains(AttentionBackward.class).doesNotContain(StripBackward.class);
    }

    /** Of the loops of the backward pass. */
    private static List<Class<?>> kernels(AttentionSpec spec, Machine machine) {
        List<Class<?>> kernels = new ArrayList<>();
        for (Call call : backward(spec, machine)) {
            if (call instanceof Call.Loop loop) {
                kernels.add(loop.kernel());
            }
        }
        return kernels;
    }

    private static Call forward(AttentionSpec spec, Machine machine) {
        return new AttentionOperands(spec)
                .forward(new AttentionLowering(spec, machine))
                .getLast();
    }

    @Test
    void rowsThatNoArrayHoldsAreRefusedInOneLine() {
        AttentionSpec spec =
                AttentionSpec.of(AttentionShape.of(2, 1, 1 << 27, 1).withKvLength(1));

        assertThatThrownBy(() -> backward(spec, new Machine(Machine.Family.TILES, 8, 16, 4)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageMatching("attention backward: expected at most 2147483647 floats for dq in rows of whole"
                        + " vectors, got 42949\\d+ \\(batch 2, queryHeads 1, queryLength 134217728, headDim 1\\);"
                        + " split the batch or the heads into several calls");
    }
}
