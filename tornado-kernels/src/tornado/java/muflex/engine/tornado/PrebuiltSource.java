package muflex.engine.tornado;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One kernel of a translated program in the form in which TornadoVM takes kernels that it did not compile itself: its own
 * arguments come first, and an array's elements lie behind a header.
 *
 * @param text the kernel with the functions that it calls, in the language of the translator
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

    private static final Pattern LAST_WORD = Pattern.compile("\\w+$");

    /**
     * @param program what the translator wrote
     * @param header bytes of an array's header
     * @param first for each of the translated kernel's arguments, the index of the first that is the same array: TornadoVM waits
     *     forever for a task that takes an array twice and writes it, so it is passed once
     */
    static PrebuiltSource of(String program, String kernel, Prebuilt form, int header, List<Integer> first) {
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
                boolean inPlace =
                        form == Prebuilt.OPENCL && LOCAL_ARRAY.matcher(body).find();
                text.append(function, 0, head.start())
                        .append(
                                inPlace
                                        ? inPlace(head, body, header, first, written)
                                        : wrapped(head, body, form, header, first, written));
            }
        }
        if (!found) {
            throw new IllegalArgumentException("kernel: expected one of the program's, got " + kernel);
        }
        String whole = text.toString();
        return new PrebuiltSource(form == Prebuilt.OPENCL ? whole : withSharedBytes(whole, kernel), written);
    }

    /**
     * The translated kernel as a function, and TornadoVM's kernel, which calls it: so that {@code restrict} still means something to
     * the compiler, which it does not on local pointers.
     */
    private static String wrapped(
            Matcher head, String body, Prebuilt form, int header, List<Integer> first, List<Boolean> written) {
        String[] translated = parameters(head);
        List<String> parameters = new ArrayList<>(form.first());
        List<String> passed = new ArrayList<>();
        int[] place = new int[translated.length];
        for (int i = 0; i < translated.length; i++) {
            String parameter = translated[i];
            boolean array = parameter.contains("*");
            boolean writes = writes(parameter);
            if (first.get(i) == i) {
                place[i] = written.size();
                written.add(writes);
                parameters.add(form.parameter(parameter));
            } else if (writes) {
                written.set(place[first.get(i)], true);
            }
            String source = translated[first.get(i)];
            passed.add(array ? form.elements(type(parameter), name(source), header) : form.scalar(source));
        }
        addLast(form, parameters, written);
        String start = form == Prebuilt.OPENCL ? "static inline void " : "static __device__ void ";
        return start + head.group(2) + BODY + "(" + head.group(3) + ") {\n" + body + "\n" + head.group(1) + " "
                + head.group(2) + "(" + String.join(", ", parameters) + ") {\n" + form.count(header) + "  "
                + head.group(2) + BODY + "("
                + String.join(", ", passed) + ");\n}\n";
    }

    /** The translated kernel itself with TornadoVM's arguments: in OpenCL only kernels have arrays of a group. */
    private static String inPlace(Matcher head, String body, int header, List<Integer> first, List<Boolean> written) {
        String[] translated = parameters(head);
        List<String> parameters = new ArrayList<>(Prebuilt.OPENCL.first());
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
                                Prebuilt.OPENCL.elements(type(parameter), passed, header)));
            }
        }
        addLast(Prebuilt.OPENCL, parameters, written);
        return head.group(1) + " " + head.group(2) + "(" + String.join(", ", parameters) + ") {\n"
                + Prebuilt.OPENCL.count(header) + own + body;
    }

    /** Of these the kernel writes the counter, which comes first. */
    private static void addLast(Prebuilt form, List<String> parameters, List<Boolean> written) {
        for (String last : form.last()) {
            written.add(last.endsWith(Prebuilt.COUNTER));
            parameters.add(last);
        }
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

    /** Of a parameter, its last word. */
    static String name(String parameter) {
        Matcher name = LAST_WORD.matcher(parameter);
        if (!name.find()) {
            throw new IllegalStateException("kernel parameter: expected a name at the end, got " + parameter);
        }
        return name.group();
    }
}
