package muflex.engine.tornado;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import muflex.attention.BlockMask;
import muflex.attention.MaskMods;
import muflex.attention.Precision;
import muflex.engine.Device;
import muflex.engine.Devices;
import muflex.engine.Program;
import muflex.engine.Storage;
import muflex.graph.Graph;
import muflex.graph.Shape;
import muflex.graph.Tensor;
import org.junit.jupiter.api.Test;

/** The check of first runs, on a program of {@code cpu} that may miss a new mask. */
class VerifiedProgramTest {
    private static final Device CPU = Devices.byId("cpu");
    private static final BlockMask CHANGING =
            BlockMask.create(MaskMods.all(), 1, 1, 4, 4, 2, 2).changing();

    /** Every query sees the first two keys only. */
    private static final BlockMask FIRST =
            CHANGING.withKvBlocks(new int[][][][] {{{{}, {}}}}, new int[][][][] {{{{0}, {0}}}});

    private final Graph graph = new Graph();
    private final Tensor x = graph.input("x", Shape.of("batch", 1, "heads", 1, "seq", 4, "dim", 2));
    private final List<Tensor> outputs = List.of(graph.attention(x, x, x, null, CHANGING));

    private Program verified(boolean takesMasks) {
        Storage storage = new Storage();
        Program program = new Masked(CPU.compile(graph, outputs, storage), takesMasks);
        for (int i = 0; i < 8; i++) {
            program.floats(x)[i] = i;
        }
        Agreement agreement = Agreement.ofPrograms(Precision.SINGLE, "cpu", () -> "forward (/tmp/forward.cl)");
        return new VerifiedProgram(program, graph, outputs, storage, CPU, "tornado:9:9", agreement, Precision.SINGLE);
    }

    @Test
    void aMaskThatIsTakenPasses() {
        try (Program program = verified(true)) {
            program.run();
            float[] before = program.floats(outputs.getFirst()).clone();
            program.replaceMask(FIRST);
            program.run();
            assertThat(Arrays.equals(program.floats(outputs.getFirst()), before))
                    .isFalse();
        }
    }

    @Test
    void aMaskThatIsNotTakenIsSeen() {
        try (Program program = verified(false)) {
            program.run();
            program.replaceMask(FIRST);
            assertThatThrownBy(program::run)
                    .hasMessageStartingWith("tornado:9:9 graph, ")
                    .hasMessageContaining("expected what cpu computes")
                    .hasMessageContaining(" from forward (/tmp/forward.cl);");
        }
    }

    @Test
    void aMaskThatIsNotTakenBeforeTheFirstRunIsSeen() {
        try (Program program = verified(false)) {
            program.replaceMask(FIRST);
            assertThatThrownBy(program::run).hasMessageContaining("expected what cpu computes");
        }
    }

    /** Another program, which may keep its mask. */
    private record Masked(Program program, boolean takesMasks) implements Program {
        @Override
        public void run() {
            program.run();
        }

        @Override
        public float[] floats(Tensor tensor) {
            return program.floats(tensor);
        }

        @Override
        public int[] ints(Tensor tensor) {
            return program.ints(tensor);
        }

        @Override
        public void replaceMask(BlockMask mask) {
            if (takesMasks) {
                program.replaceMask(mask);
            }
        }

        @Override
        public long bytes() {
            return program.bytes();
        }

        @Override
        public void close() {
            program.close();
        }
    }
}
