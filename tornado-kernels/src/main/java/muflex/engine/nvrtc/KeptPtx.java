package muflex.engine.nvrtc;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;
import java.util.function.Supplier;
import muflex.engine.offload.Caches;
import org.jspecify.annotations.Nullable;

/** PTX in a file, kept once it was of use. What is of none any more is compiled anew: a file cut short, one that an older driver refuses. */
public final class KeptPtx {
    private KeptPtx() {}

    /**
     * What {@code load} makes of the PTX in {@code file}, or of what {@code compile} gives.
     *
     * @param file null where nothing is kept
     * @throws IllegalStateException from {@code load} where fresh PTX is refused too
     */
    public static <T> T find(@Nullable Path file, Function<String, T> load, Supplier<String> compile) {
        String kept = file == null ? null : read(file);
        if (kept != null) {
            try {
                return load.apply(kept);
            } catch (IllegalStateException refused) {
                // Fresh PTX takes its place, and the message of a second refusal is the one that counts.
            }
        }
        String ptx = compile.get();
        T loaded = load.apply(ptx);
        if (file != null) {
            Caches.store(ptx.getBytes(StandardCharsets.UTF_8), file);
        }
        return loaded;
    }

    private static @Nullable String read(Path file) {
        try {
            return Files.isReadable(file) ? Files.readString(file) : null;
        } catch (IOException e) {
            return null;
        }
    }
}
