package muflex.engine.offload;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CachesTest {

    @TempDir
    private Path folder;

    @Test
    void aProgramIsKept() throws IOException {
        Path file = folder.resolve("program.ptx");

        Caches.store(new byte[] {1, 2}, file);

        assertThat(file).hasBinaryContent(new byte[] {1, 2});
        assertThat(folder.toFile().list()).containsExactly("program.ptx");
    }

    @Test
    void aFailureLeavesNoFileBehind() throws IOException {
        Path taken =
                Files.createDirectories(folder.resolve("taken/by/a/folder")).getParent();

        Caches.store(new byte[] {1, 2}, taken);

        assertThat(taken).isDirectory();
        assertThat(taken.getParent().toFile().list()).containsExactly("a");
    }

    @Test
    void everyPartChangesTheKey() {
        String key = Caches.key("device", "NVRTC 13.0", "options", "source");

        assertThat(key).hasSize(64).isEqualTo(Caches.key("device", "NVRTC 13.0", "options", "source"));
        assertThat(Caches.key("device", "NVRTC 13.1", "options", "source")).isNotEqualTo(key);
        assertThat(Caches.key("device", "NVRTC 13.0", "option", "source")).isNotEqualTo(key);
    }
}
