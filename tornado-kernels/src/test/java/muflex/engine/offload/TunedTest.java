package muflex.engine.offload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import muflex.attention.AttentionShape;
import muflex.engine.lowering.Machine.Family;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TunedTest {
    private static final AttentionShape SHAPE = AttentionShape.of(1, 8, 1000, 64);

    @TempDir
    Path cache;

    @BeforeEach
    void useOwnCache() {
        System.setProperty("muflex.cache", cache.toString());
    }

    @AfterEach
    void leaveIt() {
        System.clearProperty("muflex.cache");
        System.clearProperty(Switches.FORM);
    }

    @Test
    void aFormIsKeptForItsDeviceAndClassOfShapes() throws IOException {
        Form form = new Form(Family.STRIPS, 16, 1);
        assertThat(Tuned.find("a device", SHAPE)).isNull();
        Path file = Objects.requireNonNull(Tuned.keep("a device", SHAPE, form));
        assertThat(Files.readString(file)).contains("attention.64x64.1024=strips-16-1");
        assertThat(Tuned.find("a device", AttentionShape.of(4, 2, 600, 64))).isEqualTo(form);
        assertThat(Tuned.find("a device", AttentionShape.of(1, 8, 1025, 64))).isNull();
        assertThat(Tuned.find("a device", AttentionShape.of(1, 8, 1000, 32))).isNull();
        assertThat(Tuned.find("another driver", SHAPE)).isNull();
    }

    @Test
    void thePropertyWins() {
        Tuned.keep("some device", SHAPE, new Form(Family.TILES, 4, 1));
        System.setProperty(Switches.FORM, "tiles-8-1");
        assertThat(Tuned.find("some device", SHAPE)).isEqualTo(new Form(Family.TILES, 8, 1));
        System.setProperty(Switches.FORM, "tiles-5-1");
        assertThatThrownBy(() -> Tuned.find("some device", SHAPE))
                .hasMessage("lanes: expected one of [4, 8, 16], got 5");
    }

    @Test
    void propertiesDecideFirst() {
        Limits cpu = new Limits(Limits.Type.CPU, 1, 1, 0, 1, 4, 8, true, false, false);
        Limits gpu = new Limits(Limits.Type.GPU, 1, 1, 0, 128, 4, 1, true, false, false);
        assertThat(Form.candidates(cpu, false)).hasSize(6).first().hasToString("tiles-8-1");
        assertThat(Form.candidates(cpu, true)).first().hasToString("strips-8-1");
        assertThat(Form.candidates(gpu, false)).first().hasToString("groups-4-64");
        assertThat(Form.candidates(gpu, false)).allMatch(form -> form.group() <= 128);
    }
}
