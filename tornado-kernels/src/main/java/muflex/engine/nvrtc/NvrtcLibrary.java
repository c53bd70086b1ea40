package muflex.engine.nvrtc;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.lwjgl.system.Configuration;

/**
 * Where NVRTC is installed. It is looked for in the file of the system property {@code muflex.nvrtc}, in
 * {@code CUDA_HOME} and {@code CUDA_PATH}, on {@code LD_LIBRARY_PATH}, in the toolkits under {@code /usr/local} and
 * {@code /opt}, in the system's library folders, and in the Python environment of {@code VIRTUAL_ENV}, whose CUDA wheels
 * have it.
 *
 * @param compiler libnvrtc
 * @param builtins the library that it loads, from the same folder
 */
public record NvrtcLibrary(Path compiler, Path builtins) {
    private static final String NAME = "libnvrtc.so";
    private static final String BUILTINS = "libnvrtc-builtins.so";

    /** @throws IllegalStateException with what to install, where there is none */
    static NvrtcLibrary find() {
        NvrtcLibrary found = search();
        if (found == null) {
            throw new IllegalStateException(missing("cuda"));
        }
        return found;
    }

    public static boolean installed() {
        return search() != null;
    }

    private static @Nullable NvrtcLibrary search() {
        return find(folders(System.getProperty("muflex.nvrtc"), System.getenv(), Path.of("/")));
    }

    /**
     * What is missing and what to do, in one line.
     *
     * @param engine that needs it
     */
    public static String missing(String engine) {
        return engine + ": expected NVIDIA's run-time compiler " + NAME + ", found none; install the CUDA toolkit"
                + " (Debian: apt-get install libnvrtc12; Python: pip install nvidia-cuda-nvrtc) and set CUDA_HOME to it,"
                + " or set -Dmuflex.nvrtc=FILE";
    }

    /** The first folder that has both libraries. */
    static @Nullable NvrtcLibrary find(List<Path> folders) {
        for (Path folder : folders) {
            Path compiler = newest(folder, NAME);
            Path builtins = newest(folder, BUILTINS);
            if (compiler != null && builtins != null) {
                return new NvrtcLibrary(compiler, builtins);
            }
        }
        return null;
    }

    /** Where to look, in order; {@code root} is the file system's. */
    static List<Path> folders(@Nullable String property, Map<String, String> environment, Path root) {
        List<Path> folders = new ArrayList<>();
        if (property != null) {
            Path named = Path.of(property).toAbsolutePath();
            folders.add(Files.isDirectory(named) ? named : named.getParent());
        }
        for (String variable : List.of("CUDA_HOME", "CUDA_PATH")) {
            if (environment.containsKey(variable)) {
                toolkit(Path.of(environment.get(variable)), folders);
            }
        }
        for (String folder : environment.getOrDefault("LD_LIBRARY_PATH", "").split(File.pathSeparator)) {
            if (!folder.isEmpty()) {
                folders.add(Path.of(folder));
            }
        }
        for (String place : List.of("usr/local", "opt")) {
            children(root.resolve(place), "cuda").forEach(toolkit -> toolkit(toolkit, folders));
        }
        for (String place : List.of("usr/lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu", "usr/lib64", "usr/lib")) {
            folders.add(root.resolve(place));
        }
        if (environment.containsKey("VIRTUAL_ENV")) {
            Path lib = Path.of(environment.get("VIRTUAL_ENV"), "lib");
            children(lib, "python")
                    .forEach(python -> children(python.resolve("site-packages/nvidia"), "cu")
                            .forEach(wheel -> folders.add(wheel.resolve("lib"))));
        }
        return folders;
    }

    private static void toolkit(Path home, List<Path> folders) {
        folders.add(home.resolve("lib64"));
        folders.add(home.resolve("lib"));
        folders.add(home.resolve("targets/x86_64-linux/lib"));
        folders.add(home.resolve("targets/sbsa-linux/lib"));
    }

    private static @Nullable Path newest(Path folder, String name) {
        List<Path> all = children(folder, name);
        return all.isEmpty() ? null : all.getFirst();
    }

    /** What lies in a folder under names that start so: plain {@code cuda} first, then the newest. */
    private static List<Path> children(Path folder, String start) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> children = Files.list(folder)) {
            return children.filter(child -> child.getFileName().toString().startsWith(start))
                    .sorted(Comparator.comparing((Path child) ->
                                    !child.getFileName().toString().equals(start))
                            .thenComparing(Comparator.comparing(Path::toString).reversed()))
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    /** Tells LWJGL. */
    void use() {
        Configuration.CUDA_NVRTC_LIBRARY_NAME.set(compiler.toString());
        Configuration.CUDA_NVRTC_BUILTINS_LIBRARY_NAME.set(builtins.toString());
    }
}
