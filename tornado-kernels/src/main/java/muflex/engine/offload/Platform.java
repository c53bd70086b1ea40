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
record Platform(Accelerator accelerator, Language language, boolean checked, Form form) {

    /** With the form that suits the device's properties. */
    Platform(Accelerator accelerator, Language language, boolean checked) {
        this(accelerator, language, checked, Form.of(accelerator.limits(), accelerator.compilesJava()));
    }

    /** As {@link Accelerator#takeTimes()}; the process's profile hears of them. */
    @Nullable
    List<DeviceTime> takeTimes() {
        List<DeviceTime> taken = accelerator.takeTimes();
        if (taken != null && Switches.profiles()) {
            Profile.add(accelerator.id(), taken);
        }
        return taken;
    }

    Platform withForm(Form other) {
        return new Platform(accelerator, language, checked, other);
    }

    boolean gpu() {
        return accelerator.limits().type() == Limits.Type.GPU;
    }

    private int lanes() {
        return form.lanes();
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
                form.family(),
                lanes(),
                lanes() * tileVectors(),
                accelerator.limits().units(),
                (int) Math.min(Integer.MAX_VALUE, accelerator.limits().local() / Float.BYTES),
                accelerator.limits().group(),
                accelerator.limits().fragments(),
                accelerator.limits().wide());
    }
}
