package muflex.engine.nvrtc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kept PTX spares the compiler, and is no obstacle where the driver refuses it. */
class KeptPtxTest {
    private int compiled;

    private String compile() {
        compiled++;
        return "fresh";
    }

    /** A driver that takes this PTX alone. */
    private static String only(String taken, String ptx) {
        if (!ptx.equals(taken)) {
            throw new IllegalStateException("refused " + ptx);
        }
        return "module of " + ptx;
    }

    private String find(@Nullable Path file) {
        return KeptPtx.find(file, ptx -> only("fresh", ptx), this::compile);
    }

    @Test
    void theFirstCompilesAndTheSecondDoesNot(@TempDir Path folder) {
        Path file = folder.resolve("a.ptx");
        for (int i = 0; i < 2; i++) {
            assertThat(find(file)).isEqualTo("module of fresh");
        }
        assertThat(compiled).isEqualTo(1);
    }

    @Test
    void whatTheDriverRefusesIsCompiledAnewAndReplaced(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("a.ptx"), "cut sho");
        assertThat(find(file)).isEqualTo("module of fresh");
        assertThat(file).hasContent("fresh");
    }

    @Test
    void freshPtxThatIsRefusedIsAnErrorAndNotKept(@TempDir Path folder) {
        Path file = folder.resolve("a.ptx");
        assertThatThrownBy(() -> KeptPtx.find(file, ptx -> only("other", ptx), this::compile))
                .hasMessage("refused fresh");
        assertThat(file).doesNotExist();
    }

    @Test
    void withoutAFileNothingIsKept() {
        assertThat(find(null)).isEqualTo("module of fresh");
    }
}
