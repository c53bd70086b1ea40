package muflex.engine.offload;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where compiled programs are kept: the system property {@code muflex.cache} ({@code off} for nowhere), else
 * {@code $XDG_CACHE_HOME/muflex}, else {@code ~/.cache/muflex}.
 */
public final class Caches {

    private Caches() {}

    /** The file of this name in a folder that exists, or null where nothing can be kept. */
    public static @Nullable Path file(String folder, String name) {
        String property = System.getProperty("muflex.cache");
        if ("off".equals(property)) {
            return null;
        }
        String xdg = System.getenv("XDG_CACHE_HOME");
        Path root = property != null
                ? Path.of(property)
                : (xdg == null || xdg.isEmpty() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(xdg))
                        .resolve("muflex");
        try {
            return Files.createDirectories(root.resolve(folder)).resolve(name);
        } catch (IOException e) {
            return null;
        }
    }
}
