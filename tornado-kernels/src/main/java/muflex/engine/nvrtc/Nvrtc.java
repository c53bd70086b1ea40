package muflex.engine.nvrtc;

import static org.lwjgl.cuda.NVRTC.nvrtcCompileProgram;
import static org.lwjgl.cuda.NVRTC.nvrtcCreateProgram;
import static org.lwjgl.cuda.NVRTC.nvrtcDestroyProgram;
import static org.lwjgl.cuda.NVRTC.nvrtcGetErrorString;
import static org.lwjgl.cuda.NVRTC.nvrtcGetNumSupportedArchs;
import static org.lwjgl.cuda.NVRTC.nvrtcGetPTX;
import static org.lwjgl.cuda.NVRTC.nvrtcGetPTXSize;
import static org.lwjgl.cuda.NVRTC.nvrtcGetProgramLog;
import static org.lwjgl.cuda.NVRTC.nvrtcGetProgramLogSize;
import static org.lwjgl.cuda.NVRTC.nvrtcGetSupportedArchs;
import static org.lwjgl.cuda.NVRTC.nvrtcVersion;

import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.util.List;
import org.lwjgl.PointerBuffer;
import org.lwjgl.cuda.NVRTC;
import org.lwjgl.system.MemoryStack;
import org.lwjgl.system.MemoryUtil;

/** NVIDIA's run-time compiler: CUDA C to PTX. */
public final class Nvrtc {
    private static final int HOPPER = 90;

    private static boolean located;

    private Nvrtc() {}

    /** LWJGL loads the library when its class is first used; before, it must be told where it is. */
    private static synchronized void locate() {
        if (!located) {
            NvrtcLibrary.find().use();
            located = true;
        }
    }

    /** Its version, as in 13.0. */
    public static String version() {
        locate();
        try (MemoryStack stack = MemoryStack.stackPush()) {
            IntBuffer major = stack.mallocInt(1);
            IntBuffer minor = stack.mallocInt(1);
            check(nvrtcVersion(major, minor), "the version of NVRTC");
            return major.get(0) + "." + minor.get(0);
        }
    }

    /**
     * The PTX of a program for a compute capability, or for the newest that this NVRTC knows, if that is older: the driver
     * takes PTX of older devices.
     */
    public static String compile(String source, int architecture, String title) {
        locate();
        try (MemoryStack stack = MemoryStack.stackPush()) {
            PointerBuffer program = stack.mallocPointer(1);
            check(nvrtcCreateProgram(program, source, title + ".cu", null, null), title);
            try {
                List<String> options = options(architecture);
                PointerBuffer all = stack.mallocPointer(options.size());
                options.forEach(option -> all.put(stack.UTF8(option)));
                int code = nvrtcCompileProgram(program.get(0), all.flip());
                if (code != NVRTC.NVRTC_SUCCESS) {
                    throw new IllegalStateException(title + ": " + nvrtcGetErrorString(code) + "; NVRTC says:\n"
                            + log(program.get(0)) + "\nof the program:\n" + source);
                }
                return ptx(program.get(0), title);
            } finally {
                nvrtcDestroyProgram(program);
            }
        }
    }

    /** No fast maths: it assumes that there is no infinity, and a softmax starts from −∞. */
    public static List<String> options(int architecture) {
        int newest = supported(architecture);
        String own = newest == architecture && wide(architecture) ? "a" : "";
        return List.of("--gpu-architecture=compute_" + newest + own, "--std=c++17");
    }

    /** Whether a device has the instructions of {@link muflex.kernels.WideMma}, which are of Hopper and of no other. */
    public static boolean wide(int architecture) {
        return architecture == HOPPER;
    }

    private static int supported(int wanted) {
        locate();
        try (MemoryStack stack = MemoryStack.stackPush()) {
            IntBuffer count = stack.mallocInt(1);
            check(nvrtcGetNumSupportedArchs(count), "the architectures of NVRTC");
            IntBuffer all = stack.mallocInt(count.get(0));
            check(nvrtcGetSupportedArchs(all), "the architectures of NVRTC");
            int best = all.get(0);
            for (int i = 0; i < all.capacity(); i++) {
                best = all.get(i) <= wanted ? Math.max(best, all.get(i)) : best;
            }
            return best;
        }
    }

    private static String log(long program) {
        try (MemoryStack stack = MemoryStack.stackPush()) {
            PointerBuffer size = stack.mallocPointer(1);
            check(nvrtcGetProgramLogSize(program, size), "the log of NVRTC");
            ByteBuffer log = MemoryUtil.memAlloc((int) size.get(0));
            try {
                check(nvrtcGetProgramLog(program, log), "the log of NVRTC");
                return MemoryUtil.memUTF8(log, Math.max(0, log.capacity() - 1)).strip();
            } finally {
                MemoryUtil.memFree(log);
            }
        }
    }

    private static String ptx(long program, String title) {
        try (MemoryStack stack = MemoryStack.stackPush()) {
            PointerBuffer size = stack.mallocPointer(1);
            check(nvrtcGetPTXSize(program, size), title + ": the size of its PTX");
            ByteBuffer ptx = MemoryUtil.memAlloc((int) size.get(0));
            try {
                check(nvrtcGetPTX(program, ptx), title + ": its PTX");
                return MemoryUtil.memUTF8(ptx, Math.max(0, ptx.capacity() - 1));
            } finally {
                MemoryUtil.memFree(ptx);
            }
        }
    }

    private static void check(int code, String what) {
        if (code != NVRTC.NVRTC_SUCCESS) {
            throw new IllegalStateException(what + ": " + nvrtcGetErrorString(code));
        }
    }
}
