package muflex.engine.offload;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
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

    /** A file's name from everything that its contents depend on. */
    public static String key(String... parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            return HexFormat.of()
                    .formatHex(digest.digest(String.join("\n", parts).getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is part of every JDK", e);
        }
    }

    /**
     * Keeps a program where it can. Written beside its place and moved there, so that no reader sees half of it and nothing
     * is left of a failure.
     */
    public static void store(byte[] program, Path file) {
        Path beside = null;
        try {
            beside = Files.createTempFile(file.getParent(), "program", ".tmp");
            Files.write(beside, program);
            Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            notKept(file, e);
        } finally {
            delete(beside);
        }
    }

    private static void delete(@Nullable Path file) {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            notKept(file, e);
        }
    }

    private static void notKept(@Nullable Path file, IOException e) {
        System.getLogger("muflex").log(System.Logger.Level.DEBUG, "program not kept at {0}: {1}", file, e.getMessage());
    }
}
