package muflex.engine.tornado;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Pattern;
import muflex.engine.nvrtc.KeptPtx;
import muflex.engine.nvrtc.Nvrtc;
import muflex.engine.offload.Caches;

/** Kernels as TornadoVM's PTX backend takes them: PTX without the directives that it writes itself, under the name that it looks for. */
final class Ptx {
    /** TornadoVM declares the version, the target and the size of addresses. */
    private static final Pattern HEADER = Pattern.compile("(?m)^\\.(version|target|address_size) .*\\n");

    private static final String ENTRY = ".entry ";

    /** TornadoVM copies the text to the stack of the thread, which has 1 MiB; attention has some 150 KiB. */
    private static final int MOST = 512 << 10;

    private Ptx() {}

    /**
     * A program's PTX, kept in a file.
     *
     * @param architecture what TornadoVM declares, major · 10 + minor: it may be less than the device's
     */
    static String compile(String source, int architecture, String title) {
        String key = Caches.key(
                "NVRTC " + Nvrtc.version(), String.join(" ", Nvrtc.options(architecture)), "TornadoVM", source);
        return KeptPtx.find(
                Caches.file("cuda", key + ".ptx"),
                Ptx::withoutHeader,
                () -> Nvrtc.compile(source, architecture, title));
    }

    /** @throws IllegalStateException if this is no whole program */
    static String withoutHeader(String ptx) {
        if (!ptx.contains(ENTRY) || !ptx.stripTrailing().endsWith("}")) {
            throw new IllegalStateException("PTX: expected a whole program, got " + ptx.length() + " characters");
        }
        if (ptx.length() > MOST) {
            throw new IllegalStateException(
                    "PTX: expected at most " + MOST + " characters, which TornadoVM's PTX backend puts on"
                            + " the stack, got " + ptx.length() + "; use another backend, or smaller dims");
        }
        return HEADER.matcher(ptx).replaceAll("");
    }

    /** The name under which TornadoVM looks for the kernel of a task without arguments. */
    static String entry(String task, String kernel) {
        return (task.replace('.', '_') + "_" + kernel).toLowerCase(Locale.ROOT);
    }

    /** Writes a kernel's file once more, beside it, with the name that TornadoVM looks for. */
    static Path forTask(Path file, String task, String kernel) {
        Path named = file.resolveSibling(kernel + "." + task + Prebuilt.PTX.extension());
        try {
            String text = Files.readString(file);
            return Files.writeString(named, text.replace(ENTRY + kernel + "(", ENTRY + entry(task, kernel) + "("));
        } catch (IOException e) {
            throw new UncheckedIOException("kernel " + kernel + ": its PTX could not be written to " + named, e);
        }
    }
}
