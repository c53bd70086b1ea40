package muflex.engine.opencl;

import static org.lwjgl.opencl.CL10.CL_PROGRAM_BINARIES;
import static org.lwjgl.opencl.CL10.CL_PROGRAM_BINARY_SIZES;
import static org.lwjgl.opencl.CL10.CL_PROGRAM_BUILD_LOG;
import static org.lwjgl.opencl.CL10.clBuildProgram;
import static org.lwjgl.opencl.CL10.clCreateProgramWithBinary;
import static org.lwjgl.opencl.CL10.clCreateProgramWithSource;
import static org.lwjgl.opencl.CL10.clGetProgramBuildInfo;
import static org.lwjgl.opencl.CL10.clGetProgramInfo;
import static org.lwjgl.opencl.CL10.clReleaseProgram;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import muflex.engine.offload.Caches;
import org.jspecify.annotations.Nullable;
import org.lwjgl.PointerBuffer;
import org.lwjgl.system.MemoryStack;
import org.lwjgl.system.MemoryUtil;

/**
 * Programs built for one device: in memory by their source, on disk as the driver's binaries by a hash of device, driver,
 * options and source. A file that the driver refuses is built anew.
 */
final class ProgramCache {

    /**
     * Fused multiply-add where it is fast. Never {@code -cl-fast-relaxed-math} or {@code -cl-unsafe-math-optimizations}:
     * they assume that there is no infinity, and a softmax starts from −∞.
     */
    static final String OPTIONS = "-cl-mad-enable";

    private final OpenClAccelerator accelerator;
    private final boolean onDisk;
    private final Map<String, OpenClCode> built = new HashMap<>();

    /** @param onDisk whether the driver's binaries are kept, for a driver that doesn't do it itself */
    ProgramCache(OpenClAccelerator accelerator, boolean onDisk) {
        this.accelerator = accelerator;
        this.onDisk = onDisk;
    }

    OpenClCode build(String source, String title) {
        return built.computeIfAbsent(source, s -> new OpenClCode(accelerator, find(s, title), s));
    }

    private long find(String source, String title) {
        Path file =
                onDisk ? Caches.file("opencl", Caches.key(accelerator.device().identity(), OPTIONS, source)) : null;
        Long cached = file == null ? null : load(file);
        if (cached != null) {
            return cached;
        }
        long program = compile(source, title);
        if (file != null) {
            store(program, file);
        }
        return program;
    }

    private long compile(String source, String title) {
        try (MemoryStack stack = MemoryStack.stackPush()) {
            IntBuffer code = stack.callocInt(1);
            long program = clCreateProgramWithSource(accelerator.context(), source, code);
            Cl.check(code, title + " on " + accelerator.id());
            int result = clBuildProgram(program, accelerator.device().handle(), OPTIONS, null, 0);
            if (result != 0) {
                String log = Cl.text(
                        (what, value, size) -> clGetProgramBuildInfo(
                                program, accelerator.device().handle(), what, value, size),
                        CL_PROGRAM_BUILD_LOG);
                clReleaseProgram(program);
                throw new IllegalStateException(title + " on " + accelerator.id() + ": " + Cl.name(result)
                        + "; the driver says:\n" + log + "\nof the program:\n" + source);
            }
            return program;
        }
    }

    private @Nullable Long load(Path file) {
        if (!Files.isReadable(file)) {
            return null;
        }
        ByteBuffer binary = null;
        try (MemoryStack stack = MemoryStack.stackPush()) {
            byte[] bytes = Files.readAllBytes(file);
            binary = MemoryUtil.memAlloc(bytes.length).put(0, bytes);
            IntBuffer code = stack.callocInt(1);
            IntBuffer status = stack.callocInt(1);
            long program = clCreateProgramWithBinary(
                    accelerator.context(), stack.pointers(accelerator.device().handle()), binary, status, code);
            if (code.get(0) != 0 || status.get(0) != 0) {
                return null;
            }
            if (clBuildProgram(program, accelerator.device().handle(), OPTIONS, null, 0) != 0) {
                clReleaseProgram(program);
                return null;
            }
            return program;
        } catch (IOException e) {
            return null;
        } finally {
            MemoryUtil.memFree(binary);
        }
    }

    private static void store(long program, Path file) {
        ByteBuffer binary = null;
        try (MemoryStack stack = MemoryStack.stackPush()) {
            PointerBuffer size = stack.mallocPointer(1);
            if (clGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, size, null) != 0 || size.get(0) == 0) {
                return;
            }
            binary = MemoryUtil.memAlloc((int) size.get(0));
            if (clGetProgramInfo(program, CL_PROGRAM_BINARIES, stack.pointers(binary), null) != 0) {
                return;
            }
            byte[] bytes = new byte[binary.capacity()];
            binary.get(0, bytes);
            Caches.store(bytes, file);
        } finally {
            MemoryUtil.memFree(binary);
        }
    }
}
