package muflex.engine.cuda;

import static org.lwjgl.cuda.CU.CU_JIT_ERROR_LOG_BUFFER;
import static org.lwjgl.cuda.CU.CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES;
import static org.lwjgl.cuda.CU.cuModuleLoadDataEx;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import muflex.engine.offload.Caches;
import org.jspecify.annotations.Nullable;
import org.lwjgl.PointerBuffer;
import org.lwjgl.system.MemoryStack;
import org.lwjgl.system.MemoryUtil;

/**
 * Programs built for one device: in memory by their source, on disk as PTX by a hash of device, driver and source. The
 * driver keeps what it makes of the PTX in a cache of its own.
 */
final class ModuleCache {
    private static final int LOG_BYTES = 8192;

    private final CudaAccelerator accelerator;
    private final Map<String, CudaCode> built = new HashMap<>();

    ModuleCache(CudaAccelerator accelerator) {
        this.accelerator = accelerator;
    }

    CudaCode build(String source, String title) {
        CudaCode known = built.get(source);
        if (known == null) {
            String ptx = ptx(source, title);
            known = new CudaCode(accelerator, load(ptx, title), source, ptx);
            built.put(source, known);
        }
        return known;
    }

    private String ptx(String source, String title) {
        Path file = Caches.file("cuda", key(source) + ".ptx");
        String kept = file == null ? null : read(file);
        if (kept != null) {
            return kept;
        }
        String ptx = Nvrtc.compile(source, accelerator.device().architecture(), title);
        if (file != null) {
            store(ptx, file);
        }
        return ptx;
    }

    private String key(String source) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            String all = accelerator.device().identity() + '\n' + source;
            return HexFormat.of().formatHex(digest.digest(all.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is part of every JDK", e);
        }
    }

    private long load(String ptx, String title) {
        ByteBuffer image = MemoryUtil.memUTF8(ptx);
        ByteBuffer log = MemoryUtil.memCalloc(LOG_BYTES);
        try (MemoryStack stack = MemoryStack.stackPush()) {
            PointerBuffer module = stack.mallocPointer(1);
            IntBuffer options = stack.ints(CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES);
            PointerBuffer values = stack.pointers(MemoryUtil.memAddress(log), LOG_BYTES);
            int code = cuModuleLoadDataEx(module, image, options, values);
            if (code != Cu.SUCCESS) {
                throw new IllegalStateException(title + " on " + accelerator.id() + ": " + Cu.name(code)
                        + "; the driver says:\n" + MemoryUtil.memUTF8(MemoryUtil.memAddress(log)) + "\nof the PTX:\n"
                        + ptx);
            }
            return module.get(0);
        } finally {
            MemoryUtil.memFree(image);
            MemoryUtil.memFree(log);
        }
    }

    private static @Nullable String read(Path file) {
        try {
            return Files.isReadable(file) ? Files.readString(file) : null;
        } catch (IOException e) {
            return null;
        }
    }

    /** Written beside its place and moved there, so that no reader sees half of it. */
    private static void store(String ptx, Path file) {
        try {
            Path beside = Files.createTempFile(file.getParent(), "program", ".tmp");
            Files.writeString(beside, ptx);
            Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            System.getLogger("muflex")
                    .log(System.Logger.Level.DEBUG, "program not kept at {0}: {1}", file, e.getMessage());
        }
    }
}
