package muflex.engine.translate;

import java.util.Set;
import muflex.engine.translate.Value.Scalar;
import org.jspecify.annotations.Nullable;

/** What differs between OpenCL C and CUDA C. */
abstract sealed class Dialect permits OpenClC, CudaC {

    private static final Set<String> RESERVED = Set.of(
            // C
            "auto",
            "break",
            "case",
            "char",
            "const",
            "continue",
            "default",
            "do",
            "double",
            "else",
            "enum",
            "extern",
            "float",
            "for",
            "goto",
            "if",
            "inline",
            "int",
            "long",
            "register",
            "restrict",
            "return",
            "short",
            "signed",
            "sizeof",
            "static",
            "struct",
            "switch",
            "typedef",
            "union",
            "unsigned",
            "void",
            "volatile",
            "while",
            // both devices' languages
            "kernel",
            "global",
            "local",
            "private",
            "constant",
            "generic",
            "half",
            "bool",
            "true",
            "false",
            "vector",
            "template",
            "class",
            "this",
            "new",
            "delete",
            "operator",
            "using",
            "namespace",
            "and",
            "or",
            "not",
            "xor",
            "uint",
            "ulong",
            "uchar",
            "ushort",
            "size_t",
            "lanes",
            "NAN",
            "INFINITY",
            // functions that generated code calls
            "max",
            "min",
            "abs",
            "fma",
            "mad",
            "exp",
            "exp2",
            "log",
            "log2",
            "log10",
            "sqrt",
            "rsqrt",
            "sin",
            "cos",
            "tan",
            "tanh",
            "sinh",
            "cosh",
            "asin",
            "acos",
            "atan",
            "atan2",
            "pow",
            "floor",
            "ceil",
            "rint",
            "round",
            "fabs",
            "fmod",
            "fmax",
            "fmin",
            "select",
            "any",
            "all",
            "dot",
            "cross",
            "length",
            "distance",
            "normalize",
            "step",
            "sign",
            "mix",
            "clamp",
            "degrees",
            "radians",
            "barrier",
            "cbrt",
            "hypot",
            "expm1",
            "log1p",
            "mul24",
            "signbit",
            "isnan",
            "isinf",
            "trunc",
            "ldexp",
            "first_fault",
            "shared_memory");

    /** Lanes in a vector. */
    final int lanes;

    Dialect(int lanes) {
        this.lanes = lanes;
    }

    /** What every program starts with. */
    abstract String prelude();

    abstract String type(Kind kind);

    abstract String type(Element element);

    /** {@code global const float *} and the like, ending in a star. */
    abstract String pointer(Element element, Space space, boolean readOnly);

    abstract String restrict();

    /** What stands before a kernel's name, and before that of a function with this return type. */
    abstract String kernelHead();

    abstract String functionHead(String returnType);

    /** The declaration of an array in {@code space}. */
    abstract String declare(Element element, Space space, String name, String size);

    /** The declaration of an array that a work group shares, {@code offset} bytes behind the kernel's first. */
    abstract String declareShared(Element element, String name, int size, int offset);

    /** What a launch must know of the bytes that a kernel's work group shares, as a comment above it. */
    abstract String sharedNote(String kernel, int bytes);

    abstract String globalId();

    abstract String localId();

    abstract String groupId();

    abstract String localSize();

    abstract String barrier();

    /** What stands for the bound of a loop that is to be unrolled, which {@link #beforeLoop} sees in its condition. */
    Scalar unrolled(Scalar count) {
        return count;
    }

    /** What stands before a loop with this condition; empty for nothing. */
    String beforeLoop(String condition) {
        return "";
    }

    /** A call of C's mathematical function {@code name} at this kind, FLOAT or DOUBLE. */
    abstract Scalar math(Kind kind, String name, Scalar... arguments);

    /** Reinterpretation: {@code as_float}, {@code as_int} and so on. */
    abstract String reinterpret(Kind to);

    /** A floating-point value to an integer as Java does it: toward zero, saturated, NaN to 0. */
    abstract Scalar toInteger(Kind to, Scalar value);

    /** A pure operation on lanes, under its name in the kernel dialect. */
    abstract Scalar lanes(Kind result, String operation, Scalar... arguments);

    /** A load of all lanes, or of the first {@code count}, the others being 0. */
    abstract Scalar loadLanes(Value.Array array, Scalar index, @Nullable Scalar count);

    abstract String storeLanes(Value.Array array, Scalar index, Scalar value, @Nullable Scalar count);

    /** Types and functions of lanes; the program has them where it uses lanes. */
    abstract String lanesSupport();

    /** Functions on matrix fragments, see {@code Mma}; empty where there are none. */
    String mmaSupport() {
        return "";
    }

    /** The same for {@code WideMma}, where there are those of {@code Mma}. */
    String wideMmaSupport() {
        return "";
    }

    /** Reports the first access out of bounds; the program has it where it is checked. */
    abstract String checkSupport();

    /** {@code array + index}. */
    static String address(Value.Array array, Scalar index) {
        return Integer.valueOf(0).equals(index.constant()) ? array.name() : array.name() + " + " + index.in(C.SUM + 1);
    }

    boolean reserved(String name) {
        return RESERVED.contains(name)
                || name.startsWith("get_")
                || name.startsWith("lanes_")
                || name.startsWith("mma_")
                || name.startsWith("wide_")
                || name.startsWith("called_");
    }
}
