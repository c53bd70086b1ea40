package muflex.engine.offload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import muflex.attention.AttentionShape;
import muflex.attention.Precision;
import muflex.engine.AttentionSpec;
import muflex.engine.DeviceMemoryException;
import muflex.engine.DeviceTimes;
import muflex.engine.Storage;
import muflex.engine.translate.Target.Language;
import muflex.graph.Graph;
import muflex.graph.MemoryPlan;
import muflex.graph.Shape;
import muflex.graph.Tensor;
import org.junit.jupiter.api.Test;

/** What operations do with an accelerator that refuses or fails, and what they count as theirs. */
class OffloadTest {
    private static final AttentionShape SHAPE = AttentionShape.of(1, 2, 16, 8);

    private final FakeAccelerator accelerator = new FakeAccelerator();
    private final Platform platform = new Platform(accelerator, Language.OPENCL, false);
    private final float[] q = new float[SHAPE.querySize()];
    private final float[] lse = new float[SHAPE.lseSize()];

    private static MemoryPlan plan() {
        Graph graph = new Graph();
        Tensor x = graph.input("x", Shape.of("rows", 4, "in", 8));
        Tensor first = graph.matmul(x, graph.parameter("first", Shape.of("in", 8, "hidden", 8)));
        return MemoryPlan.of(
                graph, List.of(graph.matmul(first, graph.parameter("second", Shape.of("hidden", 8, "out", 8)))));
    }

    @Test
    void attentionThatGetsNoMemoryGivesBackWhatItGot() {
        for (int room = 0; room < 6; room++) {
            accelerator.room = room;
            assertThatThrownBy(() -> new OffloadAttention(platform, AttentionSpec.of(SHAPE)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageStartingWith("no room for ");
            assertThat(accelerator.reserved).isZero();
        }
    }

    @Test
    void aProgramThatGetsNoMemoryGivesBackWhatItGot() {
        Storage storage = new Storage();
        for (int room = 0; room < 5; room++) {
            accelerator.room = room;
            assertThatThrownBy(() -> new OffloadProgram(platform, plan(), storage, Precision.SINGLE))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageStartingWith("no room for ");
            assertThat(accelerator.reserved).isZero();
        }
        accelerator.room = Integer.MAX_VALUE;
        new OffloadProgram(platform, plan(), storage, Precision.SINGLE).close();
        assertThat(accelerator.reserved).isZero();
    }

    @Test
    void parametersThatCannotBeCopiedBackAreFreedAllTheSame() {
        Storage storage = new Storage();
        Graph graph = new Graph();
        DeviceStorage persistent = DeviceStorage.acquire(storage, accelerator);
        for (String name : List.of("a", "b", "c")) {
            Tensor tensor = graph.parameter(name, Shape.of("n", 4));
            persistent.array(tensor);
            persistent.changed(tensor);
        }
        accelerator.readsFail = true;

        assertThatThrownBy(persistent::release).hasMessage("the device was lost");
        assertThat(accelerator.reserved).isZero();
    }

    @Test
    void whatTheDeviceDidBeforeIsNotChargedToACall() {
        try (OffloadAttention attention = new OffloadAttention(platform, AttentionSpec.of(SHAPE));
                OffloadProgram other = new OffloadProgram(platform, plan(), new Storage(), Precision.SINGLE)) {
            other.run();
            attention.forward(q, q, q, q, lse);
            assertThat(attention.takeTimes()).isEqualTo(new DeviceTimes(3, 1, 2));

            other.run();
            attention.backward(q, q, q, q, lse, q, null, q, q, q, new float[0][]);
            DeviceTimes times = attention.takeTimes();
            assertThat(times.copyIn()).isEqualTo(6);
            assertThat(times.copyOut()).isEqualTo(3);
        }
    }

    @Test
    void aCallIsRepeatedWithoutCopies() {
        try (OffloadAttention attention = new OffloadAttention(platform, AttentionSpec.of(SHAPE))) {
            assertThatThrownBy(() -> attention.repeat(false, 1))
                    .hasMessage("repeat: expected a call to repeat, got none; call forward first");
            attention.forward(q, q, q, q, lse);
            attention.takeTimes();
            assertThat(attention.repeat(false, 3)).isEqualTo(new DeviceTimes(0, 3, 0));
            assertThat(attention.takeTimes()).isEqualTo(new DeviceTimes(0, 0, 0));

            attention.backward(q, q, q, q, lse, q, null, q, q, q, new float[0][]);
            long kernels = attention.takeTimes().kernel();
            assertThat(attention.repeat(true, 2)).isEqualTo(new DeviceTimes(0, 2 * kernels, 0));
        }
    }

    @Test
    void theProfileHasEverythingThatTheDeviceDid() {
        System.setProperty(Switches.PROFILE, "true");
        try (OffloadAttention attention = new OffloadAttention(platform, AttentionSpec.of(SHAPE));
                OffloadProgram other = new OffloadProgram(platform, plan(), new Storage(), Precision.SINGLE)) {
            other.run();
            attention.forward(q, q, q, q, lse);
            other.run();
        } finally {
            System.clearProperty(Switches.PROFILE);
        }
        assertThat(Profile.byDevice().get(accelerator.id()))
                .extracting(Accelerator.DeviceTime::name)
                .contains("AttentionForward_forward", Accelerator.COPY_IN, Accelerator.COPY_OUT)
                .doesNotHaveDuplicates();
    }

    @Test
    void aDeviceThatDoesNotMeasureHasNoTimes() {
        accelerator.measures = false;
        try (OffloadAttention attention = new OffloadAttention(platform, AttentionSpec.of(SHAPE))) {
            attention.forward(q, q, q, q, lse);

            assertThat(attention.takeTimes()).isNull();
            assertThat(attention.takeTimes()).isNull();
            assertThat(attention.repeat(false, 1)).isNull();
        }
    }

    @Test
    void sizesThatNoDeviceCanHaveAreRefused() {
        Limits limits = new Limits(Limits.Type.GPU, 100, 50, 0, 1, 4, 8, true, false, false);

        assertThatThrownBy(() -> limits.requireArray("cuda:0 sums", -4))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("cuda:0 sums: expected a size of 0 bytes or more, got -4");
        assertThatThrownBy(() -> limits.requireArray("cuda:0 sums", 51))
                .isInstanceOf(DeviceMemoryException.class)
                .hasMessage("cuda:0 sums: expected at most 50 bytes, the largest array of this device, got 51; use"
                        + " smaller sizes");
        assertThatCode(() -> Limits.requireFree("cuda:0 sums", 50, 50, 100)).doesNotThrowAnyException();
        assertThatThrownBy(() -> Limits.requireFree("cuda:0 sums", 51, 50, 100))
                .isInstanceOf(DeviceMemoryException.class)
                .hasMessage("cuda:0 sums: expected at most 50 bytes, what is free of this device's 100, got 51; use"
                        + " smaller sizes or close other operations");
    }
}
