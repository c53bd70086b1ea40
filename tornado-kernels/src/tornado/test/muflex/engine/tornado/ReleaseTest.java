package muflex.engine.tornado;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ReleaseTest {

    @Test
    void aReleaseIsChosenByItsVersion() {
        assertThat(Release.of("5.2.0-jdk25")).isInstanceOf(Release5.class);
        assertThatThrownBy(() -> Release.of("7.0.1-jdk22plus"))
                .hasMessage("TornadoVM 7.0.1-jdk22plus: expected a release 5, whose task graphs MuFlex knows; "
                        + "set TORNADOVM_HOME to TornadoVM 5.2.0 for this JDK");
    }
}
