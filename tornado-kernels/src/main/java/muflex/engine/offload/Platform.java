package muflex.engine.offload;

import java.util.List;
import muflex.engine.lowering.Machine;
import muflex.engine.offload.Accelerator.DeviceTime;
import muflex.engine.translate.Target;
import muflex.engine.translate.Target.Language;
import org.jspecify.annotations.Nullable;

/**
 * An accelerator and the form of the kernels that suits it.
 *
 * @param language the C that it takes
 * @param checked whether accesses to arrays are checked
 */
record Platform(Accelerator accelerator, Language language, boolean checked) {

    /** As {@link Accelerator#takeTimes()}; the process's profile hears of them. */
    @Nullable
    List<DeviceTime> takeTimes() {
        List<DeviceTime> taken = accelerator.takeTimes();
        if (taken != null && Switches.profiles()) {
            Profile.add(accelerator.id(), taken);
        }
        return taken;
    }

    boolean gpu() {
        return accelerator.limits().type() == Limits.Type.GPU;
    }

    /** Floats in a vector: the device's own, and four on GPUs, which have none. */
    private int lanes() {
        return gpu() ? 4 : Math.clamp(accelerator.limits().vector(), 4, 16);
    }

    /** As {@link muflex.kernels.Lanes#tileVectors}: vectors of 16 come with 32 registers. */
    private int tileVectors() {
        return lanes() == 16 ? 4 : 2;
    }

    /** @param apart whether kernels may assume that their arrays do not overlap */
    Target target(boolean apart) {
        return new Target(
                language,
                lanes(),
                tileVectors(),
                checked,
                apart,
                accelerator.limits().doubles());
    }

    Machine machine() {
        return new Machine(
                gpu()
                        ? Machine.Family.GROUPS
                        : accelerator.compilesJava() ? Machine.Family.STRIPS : Machine.Family.TILES,
                lanes(),
                lanes() * tileVectors(),
                accelerator.limits().units(),
                (int) Math.min(Integer.MAX_VALUE, accelerator.limits().local() / Float.BYTES),
                accelerator.limits().group(),
                accelerator.limits().fragments());
    }
}
