package muflex.engine.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The driver's binaries on disk, on whatever driver is here, though PoCL would not need them. */
class ProgramCacheTest {
    private static final String SOURCE = "kernel void nothing(global float *a) { a[get_global_id(0)] = 1.0f; }";

    @TempDir
    Path folder;

    @BeforeEach
    void here() {
        System.setProperty("muflex.cache", folder.toString());
    }

    @AfterEach
    void elsewhere() {
        System.clearProperty("muflex.cache");
    }

    /** A new cache each time, as another process would have. */
    private static void build(String source) {
        try (OpenClCode code = new ProgramCache(FirstDevice.accelerator(), true).build(source, "nothing")) {
            assertThat(code).isNotNull();
        }
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("opencl"))) {
            return files.toList();
        }
    }

    @Test
    void whatWasBuiltIsKeptAndTaken() throws IOException {
        build(SOURCE);
        Path kept = files().getFirst();
        byte[] binary = Files.readAllBytes(kept);
        Object before = Files.getLastModifiedTime(kept);
        build(SOURCE);
        assertThat(files()).containsExactly(kept);
        assertThat(Files.getLastModifiedTime(kept)).isEqualTo(before);
        assertThat(kept).hasBinaryContent(binary);
        build(SOURCE.replace("1.0f", "2.0f"));
        assertThat(files()).hasSize(2);
    }

    @Test
    void aDamagedFileIsBuiltAnew() throws IOException {
        build(SOURCE);
        Path kept = files().getFirst();
        Files.write(kept, new byte[] {1, 2, 3});
        build(SOURCE);
        assertThat(Files.size(kept)).isGreaterThan(3);
    }
}
