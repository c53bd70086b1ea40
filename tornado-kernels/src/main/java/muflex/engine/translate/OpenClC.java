package muflex.engine.translate;

import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import muflex.engine.translate.Value.Scalar;
import org.jspecify.annotations.Nullable;

/**
 * OpenCL C 1.2. Compilers made of Clang get a vector store of its own: PoCL's {@code vstore16} writes three parts, and a load
 * that follows has to wait for all of them.
 */
final class OpenClC extends Dialect {
    private static final String LANES = """
            typedef float# lanes;
            #define IOTA ((int#) (@))
            #ifdef __clang__
            typedef lanes lanes_anywhere __attribute__((aligned(4)));
            #define PUT_LANES(v, space, a) *(space lanes_anywhere *) (a) = v
            #else
            #define PUT_LANES(v, space, a) vstore#(v, 0, a)
            #endif

            static inline lanes lanes_max(lanes a, lanes b) { return select(a, b, a < b); }
            static inline lanes lanes_min(lanes a, lanes b) { return select(a, b, b < a); }
            static inline lanes lanes_exp(lanes x) {
              lanes n = rint(x * 1.442695f), f = fma(x, (lanes) (1.442695f), -n);
              lanes p = fma(f, (lanes) (0.0013264729f), (lanes) (0.009671513f));
              p = fma(p, f, (lanes) (0.055507336f));
              p = fma(p, f, (lanes) (0.24022242f));
              p = fma(p, f, (lanes) (0.693147f));
              p = fma(p, f, (lanes) (1.0f));
              p = as_float#(as_int#(p) + (convert_int#(n) << 23));
              return select(p, (lanes) (0.0f), x < -87.33654f);
            }
            static inline float lanes_horizontalMax(lanes a) { $MAX }
            static inline float lanes_horizontalSum(lanes a) { $SUM }
            static inline lanes lanes_load_g(const global float *a, int count) { LOAD }
            static inline lanes lanes_load_l(const local float *a, int count) { LOAD }
            static inline lanes lanes_load_p(const private float *a, int count) { LOAD }
            static inline void lanes_store_g(global float *a, lanes v, int count) { STORE(global) }
            static inline void lanes_store_l(local float *a, lanes v, int count) { STORE(local) }
            static inline void lanes_store_p(private float *a, lanes v, int count) { STORE(private) }
            """;
    private static final String LOAD = "if (count >= #) return vload#(0, a); float x[#];"
            + " for (int i = 0; i < #; i++) x[i] = i < count ? a[i] : 0.0f; return vload#(0, x);";
    private static final String STORE = "if (count >= #) { PUT_LANES(v, $1, a); return; } float x[#]; vstore#(v, 0, x);"
            + " for (int i = 0; i < count; i++) a[i] = x[i];";

    private static final String UNROLLED = "/* unrolled */ ";

    OpenClC(int lanes) {
        super(lanes);
        if (lanes != 4 && lanes != 8 && lanes != 16) {
            throw new IllegalArgumentException("lanes: expected 4, 8 or 16, got " + lanes);
        }
    }

    @Override
    String prelude() {
        return "";
    }

    @Override
    String type(Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    @Override
    String type(Element element) {
        return element == Element.BYTE
                ? "char"
                : element == Element.CHAR ? "ushort" : element.name().toLowerCase(Locale.ROOT);
    }

    private static String space(Space space) {
        return space.name().toLowerCase(Locale.ROOT);
    }

    @Override
    String pointer(Element element, Space space, boolean readOnly) {
        return (readOnly ? "const " : "") + space(space) + " " + type(element) + " *";
    }

    @Override
    String restrict() {
        return "restrict ";
    }

    @Override
    String kernelHead() {
        return "kernel void ";
    }

    @Override
    String functionHead(String returnType) {
        return "static inline " + returnType + " ";
    }

    @Override
    String declare(Element element, Space space, String name, String size) {
        String place = space == Space.LOCAL ? "local " : "";
        return place + type(element) + " " + name + "[" + size + "] __attribute__((aligned(64)))";
    }

    @Override
    String declareShared(Element element, String name, int size, int offset) {
        return declare(element, Space.LOCAL, name, Integer.toString(size));
    }

    @Override
    String sharedNote(String kernel, int bytes) {
        return "";
    }

    @Override
    String globalId() {
        return "(int) get_global_id(0)";
    }

    @Override
    String localId() {
        return "(int) get_local_id(0)";
    }

    @Override
    String groupId() {
        return "(int) get_group_id(0)";
    }

    @Override
    String localSize() {
        return "(int) get_local_size(0)";
    }

    @Override
    String barrier() {
        return "barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE)";
    }

    @Override
    Scalar math(Kind kind, String name, Scalar... arguments) {
        return C.call(kind, name, arguments);
    }

    @Override
    String reinterpret(Kind to) {
        return "as_" + type(to);
    }

    @Override
    Scalar toInteger(Kind to, Scalar value) {
        return C.call(to, "convert_" + type(to) + "_sat", value);
    }

    @Override
    Scalar lanes(Kind result, String operation, Scalar... a) {
        return switch (operation) {
            case "zero" -> C.cast(Kind.LANES, "lanes", Scalar.of(Kind.FLOAT, "0.0f", 0));
            case "splat" -> C.cast(Kind.LANES, "lanes", Scalar.of(Kind.FLOAT, a[0].text(), 0, a));
            case "add" -> C.binary(result, "+", a[0], a[1]);
            case "sub" -> C.binary(result, "-", a[0], a[1]);
            case "mul" -> C.binary(result, "*", a[0], a[1]);
            case "div" -> C.binary(result, "/", a[0], a[1]);
            case "fma", "sqrt" -> C.call(result, operation, a);
            case "whereLess" ->
                Scalar.of(
                        result,
                        "select(" + a[3].text() + ", " + a[2].text() + ", "
                                + C.binary(result, "<", a[0], a[1]).text() + ")",
                        C.PRIMARY,
                        a);
            case "anyLess" -> C.call(result, "any", C.binary(Kind.LANES, "<", a[0], a[1]));
            default -> C.call(result, "lanes_" + operation, a);
        };
    }

    @Override
    Scalar unrolled(Scalar count) {
        return Scalar.of(Kind.INT, UNROLLED + count.text(), C.PRIMARY, count);
    }

    @Override
    String beforeLoop(String condition) {
        return condition.contains(UNROLLED) ? "#pragma unroll" : "";
    }

    @Override
    Scalar loadLanes(Value.Array array, Scalar index, @Nullable Scalar count) {
        String at = address(array, index);
        if (count == null) {
            return Scalar.of(Kind.LANES, "vload" + lanes + "(0, " + at + ")", C.PRIMARY, index)
                    .fromMemory();
        }
        String function = "lanes_load_" + array.space().letter();
        return Scalar.of(Kind.LANES, function + "(" + at + ", " + count.text() + ")", C.PRIMARY, index, count)
                .fromMemory();
    }

    @Override
    String storeLanes(Value.Array array, Scalar index, Scalar value, @Nullable Scalar count) {
        String at = address(array, index);
        return count == null
                ? "PUT_LANES(" + value.text() + ", " + space(array.space()) + ", " + at + ")"
                : "lanes_store_" + array.space().letter() + "(" + at + ", " + value.text() + ", " + count.text() + ")";
    }

    @Override
    String lanesSupport() {
        return LANES.replace("LOAD", LOAD)
                .replaceAll("STORE\\((\\w+)\\)", STORE)
                .replace("$MAX", fold("max(", ", ", ")"))
                .replace("$SUM", fold("", " + ", ""))
                .replace(
                        "@",
                        IntStream.range(0, lanes).mapToObj(Integer::toString).collect(Collectors.joining(", ")))
                .replaceAll("(?m)^#", "\0")
                .replace("#", Integer.toString(lanes))
                .replace("\0", "#");
    }

    /** Folds a vector half onto half. */
    private String fold(String before, String between, String after) {
        StringBuilder text = new StringBuilder();
        String whole = "a";
        for (int half = lanes / 2; half >= 2; half /= 2) {
            String name = "x" + half;
            text.append("float%d %s = %s%s.lo%s%s.hi%s; ".formatted(half, name, before, whole, between, whole, after));
            whole = name;
        }
        return text.append("return %s%s.x%s%s.y%s;".formatted(before, whole, between, whole, after))
                .toString();
    }

    @Override
    String checkSupport() {
        return """
            static inline int checked(int index, int span, int length, int line, int array, volatile global int *fault) {
              if (span <= 0 || (index >= 0 && index <= length - span)) return index;
              if (atomic_cmpxchg(fault, 0, 1) == 0) { fault[1] = line; fault[2] = array; fault[3] = index; fault[4] = length; }
              return 0;
            }
            static inline void thrown(int line, int exception, volatile global int *fault) {
              if (atomic_cmpxchg(fault, 0, 2) == 0) { fault[1] = line; fault[2] = exception; }
            }
            """;
    }
}
