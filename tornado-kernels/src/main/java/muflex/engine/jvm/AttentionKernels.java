package muflex.engine.jvm;

import java.lang.invoke.MethodHandle;
import muflex.kernels.AttentionBackward;
import muflex.kernels.AttentionForward;

/** The attention kernels of one loader, so for one pair of mods: their parameters are in {@code muflex.kernels}. */
record AttentionKernels(
        MethodHandle items,
        MethodHandle forward,
        MethodHandle delta,
        MethodHandle partSize,
        MethodHandle backward,
        MethodHandle sumParts) {

    static AttentionKernels of(KernelLoader loader) {
        return new AttentionKernels(
                loader.find(AttentionForward.class, "items"),
                loader.find(AttentionForward.class, "forward"),
                loader.find(AttentionBackward.class, "delta"),
                loader.find(AttentionBackward.class, "partSize"),
                loader.find(AttentionBackward.class, "backward"),
                loader.find(AttentionBackward.class, "sumParts"));
    }
}
