package muflex.engine.cuda;

import static org.lwjgl.cuda.CU.CU_JIT_ERROR_LOG_BUFFER;
import static org.lwjgl.cuda.CU.CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES;
import static org.lwjgl.cuda.CU.cuModuleLoadDataEx;

import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import muflex.engine.nvrtc.KeptPtx;
import muflex.engine.nvrtc.Nvrtc;
import muflex.engine.offload.Caches;
import org.lwjgl.PointerBuffer;
import org.lwjgl.system.MemoryStack;
import org.lwjgl.system.MemoryUtil;

/**
 * Programs built for one device: in memory by their source, on disk as PTX by a hash of device, driver, NVRTC, its options and
 * source. The driver keeps what it makes of the PTX in a cache of its own.
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
            known = find(source, title);
            built.put(source, known);
        }
        return known;
    }

    private CudaCode find(String source, String title) {
        return KeptPtx.find(
                Caches.file("cuda", key(source) + ".ptx"),
                ptx -> new CudaCode(accelerator, load(ptx, title), source, ptx),
                () -> Nvrtc.compile(source, accelerator.device().architecture(), title));
    }

    /** Everything that the PTX depends on. */
    private String key(String source) {
        List<String> options = Nvrtc.options(accelerator.device().architecture());
        return Caches.key(
                accelerator.device().identity(), "NVRTC " + Nvrtc.version(), String.join(" ", options), source);
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
}
