package muflex.engine.tornado;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import uk.ac.manchester.tornado.api.enums.TornadoVMBackendType;

/**
 * One kernel of a translated program in the form in which TornadoVM takes kernels that it did not compile itself: its own
 * arguments come first, and an array's elements lie behind a header.
 *
 * @param text the kernel with the functions that it calls; its last argument is an int that each launch raises by 1
 * @param written for each argument that is passed, whether it is an array that the kernel writes
 */
record PrebuiltSource(String text, List<Boolean> written) {
    private static final Pattern KERNEL = Pattern.compile(
            "^(kernel void|extern \"C\" __global__ void) (\\w+)\\(([^)]*)\\) \\{\\n", Pattern.MULTILINE);

    /** The comment that the translator sets before each function. */
    private static final Pattern FUNCTION = Pattern.compile("(?m)^(?=// )");

    /** An array of a work group, as the translator declares it. */
    private static final Pattern LOCAL_ARRAY = Pattern.compile("(?m)^ +local ");

    /** How the translator's CUDA C has the memory of a group, whose size a launch says. */
    private static final Pattern EXTERN_SHARED =
            Pattern.compile("extern __shared__ (__align__\\(\\d+\\)) char shared_memory\\[\\];");

    private static final String BODY = "_body";
    private static final String PASSED = "_passed";

    private static final String COUNTER = "muflex_launches";

    private static final Pattern LAST_WORD = Pattern.compile("\\w+$");

    /**
     * @param program what the translator wrote
     * @param header bytes of an array's header
     * @param first for each of the translated kernel's arguments, the index of the first that is the same array: TornadoVM waits
     *     forever for a task that takes an array twice and writes it, so it is passed once
     */
    static PrebuiltSource of(
            String program, String kernel, TornadoVMBackendType backend, int header, List<Integer> first) {
        StringBuilder text = new StringBuilder();
        boolean found = false;
        List<Boolean> written = new ArrayList<>();
        for (String function : FUNCTION.split(program)) {
            Matcher head = KERNEL.matcher(function);
            if (!head.find()) {
                text.append(function);
            } else if (head.group(2).equals(kernel)) {
                found = true;
                String body = function.substring(head.end());
                boolean inPlace = backend == TornadoVMBackendType.OPENCL
                        && LOCAL_ARRAY.matcher(body).find();
                text.append(function, 0, head.start())
                        .append(
                                inPlace
                                        ? inPlace(head, body, header, first, written)
                                        : wrapped(head, body, backend, header, first, written));
            }
        }
        if (!found) {
            throw new IllegalArgumentException("kernel: expected one of the program's, got " + kernel);
        }
        String whole = text.toString();
        return new PrebuiltSource(
                backend == TornadoVMBackendType.CUDA ? withSharedBytes(whole, kernel) : whole, written);
    }

    /**
     * The translated kernel as a function, and TornadoVM's kernel, which calls it: so that {@code restrict} still means something to
     * the compiler, which it does not on local pointers.
     */
    private static String wrapped(
            Matcher head,
            String body,
            TornadoVMBackendType backend,
            int header,
            List<Integer> first,
            List<Boolean> written) {
        String[] translated = parameters(head);
        List<String> parameters = new ArrayList<>(own(backend));
        List<String> passed = new ArrayList<>();
        int[] place = new int[translated.length];
        for (int i = 0; i < translated.length; i++) {
            String parameter = translated[i];
            boolean array = parameter.contains("*");
            boolean writes = writes(parameter);
            if (first.get(i) == i) {
                place[i] = written.size();
                written.add(writes);
                parameters.add(parameter.replace("restrict ", "").replace("__restrict__ ", ""));
            } else if (writes) {
                written.set(place[first.get(i)], true);
            }
            String name = name(translated[first.get(i)]);
            passed.add(array ? elements(type(parameter), name, backend, header) : name);
        }
        written.add(true);
        parameters.add(counter(backend));
        String start = backend == TornadoVMBackendType.OPENCL ? "static inline void " : "static __device__ void ";
        return start + head.group(2) + BODY + "(" + head.group(3) + ") {\n" + body + "\n" + head.group(1) + " "
                + head.group(2) + "(" + String.join(", ", parameters) + ") {\n" + count(backend, header) + "  "
                + head.group(2) + BODY + "("
                + String.join(", ", passed) + ");\n}\n";
    }

    /** The translated kernel itself with TornadoVM's arguments: in OpenCL only kernels have arrays of a group. */
    private static String inPlace(Matcher head, String body, int header, List<Integer> first, List<Boolean> written) {
        String[] translated = parameters(head);
        List<String> parameters = new ArrayList<>(own(TornadoVMBackendType.OPENCL));
        StringBuilder own = new StringBuilder();
        int[] place = new int[translated.length];
        for (int i = 0; i < translated.length; i++) {
            String parameter = translated[i];
            boolean array = parameter.contains("*");
            if (first.get(i) == i) {
                place[i] = written.size();
                written.add(writes(parameter));
                parameters.add(array ? parameter.replace("restrict ", "") + PASSED : parameter);
            } else {
                written.set(place[first.get(i)], written.get(place[first.get(i)]) || writes(parameter));
            }
            if (array) {
                String passed = name(translated[first.get(i)]) + PASSED;
                own.append("  %s = %s;\n"
                        .formatted(
                                parameter.replace("restrict ", ""),
                                elements(type(parameter), passed, TornadoVMBackendType.OPENCL, header)));
            }
        }
        written.add(true);
        parameters.add(counter(TornadoVMBackendType.OPENCL));
        return head.group(1) + " " + head.group(2) + "(" + String.join(", ", parameters) + ") {\n"
                + count(TornadoVMBackendType.OPENCL, header) + own + body;
    }

    private static String counter(TornadoVMBackendType backend) {
        return (backend == TornadoVMBackendType.OPENCL ? "global int *" : "int *") + COUNTER;
    }

    /** The first item of all counts the launch, see {@link LaunchCounter}. */
    private static String count(TornadoVMBackendType backend, int header) {
        boolean opencl = backend == TornadoVMBackendType.OPENCL;
        String one = elements(opencl ? "global int *" : "int *", COUNTER, backend, header);
        return opencl
                ? "  if (get_global_id(0) == 0) {\n    atomic_inc(" + one + ");\n  }\n"
                : "  if (blockIdx.x == 0 && threadIdx.x == 0) {\n    atomicAdd(" + one + ", 1);\n  }\n";
    }

    /** TornadoVM's launches bring a group no memory of its own: the kernel declares what it shares. */
    private static String withSharedBytes(String text, String kernel) {
        Matcher bytes = Pattern.compile("// " + kernel + " shares (\\d+) bytes").matcher(text);
        if (!bytes.find()) {
            return text;
        }
        Matcher declared = EXTERN_SHARED.matcher(text);
        if (!declared.find()) {
            throw new IllegalStateException(kernel + ": expected a declaration of the memory that its groups share");
        }
        return declared.replaceFirst("__shared__ $1 char shared_memory[" + bytes.group(1) + "];");
    }

    private static String[] parameters(Matcher head) {
        return head.group(3).isBlank() ? new String[0] : head.group(3).split(", ");
    }

    private static boolean writes(String parameter) {
        return parameter.contains("*") && !parameter.startsWith("const ") && !parameter.contains(" const ");
    }

    /** Of a parameter that is an array, up to its star. */
    private static String type(String parameter) {
        return parameter.substring(0, parameter.indexOf('*') + 1);
    }

    /** Where an array's elements are. */
    private static String elements(String type, String array, TornadoVMBackendType backend, int header) {
        String bytes = type.replaceAll("\\w+ \\*$", backend == TornadoVMBackendType.OPENCL ? "uchar *" : "char *");
        return "(" + type + ") ((" + bytes + ") " + array + " + " + header + ")";
    }

    private static String name(String parameter) {
        Matcher name = LAST_WORD.matcher(parameter);
        if (!name.find()) {
            throw new IllegalStateException("kernel parameter: expected a name at the end, got " + parameter);
        }
        return name.group();
    }

    /** The arguments that TornadoVM passes to every kernel. */
    private static List<String> own(TornadoVMBackendType backend) {
        return switch (backend) {
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
            default -> List.of("long *tornado_context");
        };
    }
}
