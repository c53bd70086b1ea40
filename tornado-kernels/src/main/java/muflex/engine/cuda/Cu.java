package muflex.engine.cuda;

import org.lwjgl.PointerBuffer;
import org.lwjgl.cuda.CU;
import org.lwjgl.system.MemoryStack;
import org.lwjgl.system.MemoryUtil;

/** The driver's error codes. */
final class Cu {
    static final int SUCCESS = 0;

    private Cu() {}

    static void check(int code, String what) {
        if (code != SUCCESS) {
            throw new IllegalStateException(what + ": " + name(code));
        }
    }

    /** The name of an error, with what to do about the common ones. */
    static String name(int code) {
        try (MemoryStack stack = MemoryStack.stackPush()) {
            PointerBuffer name = stack.callocPointer(1);
            if (CU.cuGetErrorName(code, name) != SUCCESS || name.get(0) == 0) {
                return "CUDA error " + code + advice(code);
            }
            return MemoryUtil.memUTF8(name.get(0)) + advice(code);
        }
    }

    /** What to do about an error, behind a semicolon; empty where nothing helps but the code itself. */
    static String advice(int code) {
        return switch (code) {
            case 2 -> "; the device is out of memory: use smaller sizes or close other operations";
            case 35, 803, 804 ->
                "; the driver is older than this program's CUDA, or was updated since it was loaded:"
                        + " update it, or restart the machine";
            case 46, 101, 201 -> "; another process may hold the device, or it was lost: see nvidia-smi";
            case 100 -> "; check that nvidia-smi lists a GPU and that CUDA_VISIBLE_DEVICES does not hide it";
            case 222 -> "; the driver is older than NVRTC: update the driver, or set muflex.nvrtc to an older libnvrtc";
            case 700 ->
                "; a kernel read or wrote outside of its arrays: run it with -Dmuflex.checkBounds=true for the line";
            case 701 -> "; the kernel needs more registers or shared memory than a group of this size may have";
            case 702 -> "; the kernel ran longer than the display's time limit";
            case 716 -> "; a kernel accessed an address that is not aligned";
            case 719 -> "; a kernel crashed";
            default -> "";
        };
    }
}
