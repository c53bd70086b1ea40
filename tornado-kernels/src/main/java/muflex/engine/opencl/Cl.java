package muflex.engine.opencl;

import static org.lwjgl.opencl.CL10.CL_SUCCESS;

import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import org.jspecify.annotations.Nullable;
import org.lwjgl.PointerBuffer;
import org.lwjgl.system.MemoryStack;
import org.lwjgl.system.MemoryUtil;

/** OpenCL's error codes, and queries of its objects. */
final class Cl {

    private Cl() {}

    /** A query of one of OpenCL's objects. */
    @FunctionalInterface
    interface Query {
        int ask(int what, @Nullable ByteBuffer value, @Nullable PointerBuffer size);
    }

    static void check(int code, String what) {
        if (code != CL_SUCCESS) {
            throw new IllegalStateException(what + ": " + name(code));
        }
    }

    /** What a call that takes the place of its error code left there. */
    static void check(IntBuffer code, String what) {
        check(code.get(0), what);
    }

    static String text(Query query, int what) {
        try (MemoryStack stack = MemoryStack.stackPush()) {
            PointerBuffer size = stack.mallocPointer(1);
            check(query.ask(what, null, size), "OpenCL query " + what);
            int bytes = (int) size.get(0);
            ByteBuffer value = MemoryUtil.memAlloc(Math.max(1, bytes));
            try {
                check(query.ask(what, value, null), "OpenCL query " + what);
                return bytes <= 1 ? "" : MemoryUtil.memUTF8(value, bytes - 1).strip();
            } finally {
                MemoryUtil.memFree(value);
            }
        }
    }

    /** An unsigned number of 4 or 8 bytes. */
    static long number(Query query, int what) {
        try (MemoryStack stack = MemoryStack.stackPush()) {
            ByteBuffer value = stack.calloc(8);
            PointerBuffer size = stack.mallocPointer(1);
            check(query.ask(what, value, size), "OpenCL query " + what);
            return size.get(0) == 4 ? Integer.toUnsignedLong(value.getInt(0)) : value.getLong(0);
        }
    }

    /** The name of an error, with what to do about the common ones. */
    static String name(int code) {
        return switch (code) {
            case -1 -> "CL_DEVICE_NOT_FOUND";
            case -2 -> "CL_DEVICE_NOT_AVAILABLE";
            case -3 -> "CL_COMPILER_NOT_AVAILABLE; the driver cannot compile at run time";
            case -4 -> "CL_MEM_OBJECT_ALLOCATION_FAILURE; the device is out of memory: use smaller sizes";
            case -5 -> "CL_OUT_OF_RESOURCES; a kernel needs more registers or memory than there are, or it crashed";
            case -6 -> "CL_OUT_OF_HOST_MEMORY";
            case -11 -> "CL_BUILD_PROGRAM_FAILURE";
            case -14 -> "CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST; a command before it failed";
            case -30 -> "CL_INVALID_VALUE";
            case -36 -> "CL_INVALID_COMMAND_QUEUE; the device was lost";
            case -38 -> "CL_INVALID_MEM_OBJECT";
            case -46 -> "CL_INVALID_KERNEL_NAME";
            case -50 -> "CL_INVALID_ARG_VALUE";
            case -51 -> "CL_INVALID_ARG_SIZE";
            case -52 -> "CL_INVALID_KERNEL_ARGS";
            case -54 -> "CL_INVALID_WORK_GROUP_SIZE";
            case -55 -> "CL_INVALID_WORK_ITEM_SIZE";
            case -61 -> "CL_INVALID_BUFFER_SIZE";
            case -1001 -> "CL_PLATFORM_NOT_FOUND_KHR";
            default -> "OpenCL error " + code;
        };
    }
}
