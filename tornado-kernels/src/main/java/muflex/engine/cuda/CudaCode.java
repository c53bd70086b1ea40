package muflex.engine.cuda;

import static org.lwjgl.cuda.CU.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
import static org.lwjgl.cuda.CU.cuFuncSetAttribute;
import static org.lwjgl.cuda.CU.cuLaunchKernel;
import static org.lwjgl.cuda.CU.cuModuleGetFunction;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import muflex.engine.offload.Code;
import org.lwjgl.PointerBuffer;
import org.lwjgl.system.MemoryStack;
import org.lwjgl.system.MemoryUtil;

/** A loaded module. It belongs to the cache, so closing it does nothing. */
record CudaCode(CudaAccelerator accelerator, long module, String source, String ptx) implements Code {

    /** Room for one argument: all are of at most 8 bytes. */
    private static final int ARGUMENT = Long.BYTES;

    @Override
    public Launch bind(String name, long items, int group, List<Object> arguments) {
        long[] function = new long[1];
        int shared = sharedBytes(source, name);
        accelerator.locked(() -> {
            try (MemoryStack stack = MemoryStack.stackPush()) {
                PointerBuffer pointer = stack.mallocPointer(1);
                String what = "kernel " + name + " on " + accelerator.id();
                Cu.check(cuModuleGetFunction(pointer, module, name), what);
                function[0] = pointer.get(0);
                Cu.check(
                        cuFuncSetAttribute(function[0], CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, shared),
                        what + ", " + shared + " bytes of shared memory");
            }
        });
        long values = MemoryUtil.nmemAlloc((long) Math.max(1, arguments.size()) * ARGUMENT);
        PointerBuffer pointers = MemoryUtil.memAllocPointer(Math.max(1, arguments.size()));
        for (int i = 0; i < arguments.size(); i++) {
            pointers.put(i, values + (long) i * ARGUMENT);
            put(values + (long) i * ARGUMENT, arguments.get(i));
        }
        return new Bound(accelerator, name, function[0], items, group, shared, values, pointers);
    }

    /** What the kernel's arrays of a work group take, which CUDA wants to know at the launch: the program says it. */
    static int sharedBytes(String source, String kernel) {
        Matcher matcher =
                Pattern.compile("// " + kernel + " shares (\\d+) bytes").matcher(source);
        return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
    }

    private static void put(long address, Object argument) {
        switch (argument) {
            case CudaMemory memory -> MemoryUtil.memPutLong(address, memory.address());
            case Integer value -> MemoryUtil.memPutInt(address, value);
            case Float value -> MemoryUtil.memPutFloat(address, value);
            case Long value -> MemoryUtil.memPutLong(address, value);
            case Double value -> MemoryUtil.memPutDouble(address, value);
            default ->
                throw new IllegalArgumentException("argument: expected memory of this device or a number, got "
                        + argument.getClass().getSimpleName());
        }
    }

    @Override
    public String listing() {
        return ptx;
    }

    @Override
    public void close() {}

    private record Bound(
            CudaAccelerator accelerator,
            String name,
            long function,
            long items,
            int group,
            int shared,
            long values,
            PointerBuffer pointers)
            implements Launch {

        @Override
        public void enqueue() {
            if (items == 0) {
                return;
            }
            int groups = Math.toIntExact(items / group);
            accelerator.locked(() -> accelerator.enqueue(
                    name,
                    () -> cuLaunchKernel(
                            function, groups, 1, 1, group, 1, 1, shared, accelerator.stream(), pointers, null)));
        }

        @Override
        public void close() {
            MemoryUtil.nmemFree(values);
            MemoryUtil.memFree(pointers);
        }
    }
}
