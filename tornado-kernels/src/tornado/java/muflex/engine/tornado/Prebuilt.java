package muflex.engine.tornado;

import java.util.List;
import java.util.Optional;
import muflex.engine.translate.Target.Language;
import uk.ac.manchester.tornado.api.enums.TornadoVMBackendType;

/** How a backend of TornadoVM takes kernels that it did not compile itself: their language, their file, the form of their arguments. */
enum Prebuilt {
    OPENCL(Language.OPENCL, ".cl"),
    CUDA(Language.CUDA, ".cu"),

    /**
     * CUDA C that NVRTC compiles, see {@link Ptx}. TornadoVM passes every argument in eight bytes, and of a number with a fraction the
     * whole part, so that bits are passed. It launches smaller groups than asked for where it thinks that more of them would be busy, and
     * only prints that, so that the kernel compares.
     */
    PTX(Language.CUDA, ".ptx");

    /** The last arguments of every kernel. */
    static final String COUNTER = "muflex_launches";

    private static final String GROUP = "muflex_group";

    private final Language language;
    private final String extension;

    Prebuilt(Language language, String extension) {
        this.language = language;
        this.extension = extension;
    }

    /** Empty for a backend that takes nothing of what MuFlex translates to. */
    static Optional<Prebuilt> of(TornadoVMBackendType backend) {
        return switch (backend) {
            case OPENCL -> Optional.of(OPENCL);
            case CUDA -> Optional.of(CUDA);
            case PTX -> Optional.of(PTX);
            default -> Optional.empty();
        };
    }

    /** What the translator writes. */
    Language language() {
        return language;
    }

    /** What the name of a kernel's file ends in. */
    String extension() {
        return extension;
    }

    /** The parameters that TornadoVM has before a kernel's own. */
    List<String> first() {
        return switch (this) {
            case OPENCL ->
                List.of(
                        "global long *tornado_context",
                        "constant uchar *tornado_constants",
                        "local uchar *tornado_locals",
                        "global int *tornado_atomics");
            case CUDA ->
                List.of(
                        "long *tornado_context",
                        "unsigned char *tornado_constants",
                        "unsigned char *tornado_locals",
                        "int *tornado_atomics");
            case PTX -> List.of("long *tornado_context");
        };
    }

    /** Those after it: what a launch raises by 1 and, where {@link #changesGroups}, the items of a group. */
    List<String> last() {
        String counter = (this == OPENCL ? "global int *" : "int *") + COUNTER;
        return changesGroups() ? List.of(counter, "long long " + GROUP) : List.of(counter);
    }

    /** Whether launches have groups other than asked for, so that the kernel must be told what was asked for. */
    boolean changesGroups() {
        return this == PTX;
    }

    /** The parameter in whose place TornadoVM passes one of the translated kernel's. */
    String parameter(String translated) {
        boolean array = translated.contains("*");
        return this == PTX && !array
                ? "long long " + PrebuiltSource.name(translated)
                : translated.replace("restrict ", "").replace("__restrict__ ", "");
    }

    /** What TornadoVM passes for a scalar. */
    Object passed(Object scalar) {
        return switch (scalar) {
            case Float value when this == PTX -> Float.floatToRawIntBits(value);
            case Double value when this == PTX -> Double.doubleToRawLongBits(value);
            default -> scalar;
        };
    }

    /** The scalar that was passed in place of a parameter of the translated kernel. */
    String scalar(String translated) {
        String name = PrebuiltSource.name(translated);
        if (this != PTX) {
            return name;
        }
        return switch (translated.substring(0, translated.lastIndexOf(' '))) {
            case "float" -> "__int_as_float((int) " + name + ")";
            case "double" -> "__longlong_as_double(" + name + ")";
            case "int" -> "(int) " + name;
            default -> name;
        };
    }

    /**
     * Where the elements of an array are.
     *
     * @param type the array's, up to its star
     * @param header bytes before the elements
     */
    String elements(String type, String array, int header) {
        String bytes = type.replaceAll("\\w+ \\*$", this == OPENCL ? "uchar *" : "char *");
        return "(" + type + ") ((" + bytes + ") " + array + " + " + header + ")";
    }

    /** The first item of all counts the launch, see {@link LaunchCounter}. */
    String count(int header) {
        String one = elements(this == OPENCL ? "global int *" : "int *", COUNTER, header);
        String asked = changesGroups() ? " && blockDim.x == " + GROUP : "";
        return this == OPENCL
                ? "  if (get_global_id(0) == 0) {\n    atomic_inc(" + one + ");\n  }\n"
                : "  if (blockIdx.x == 0 && threadIdx.x == 0" + asked + ") {\n    atomicAdd(" + one + ", 1);\n  }\n";
    }
}
