package muflex.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

class OptionalEngineTest {

    /** The TornadoVM engine is compiled where its profile is on, and leaves no trace where it is not. */
    @Test
    void noneWithoutItsProfile() {
        assumeTrue(System.getenv("TORNADOVM_HOME") == null, "TORNADOVM_HOME is set");

        assertThat(ServiceLoader.load(OptionalEngine.class)).isEmpty();
        assertThat(Devices.all()).noneMatch(device -> device.id().startsWith("tornado"));
        assertThat(Devices.problems()).doesNotContainKey("tornado");
    }
}
