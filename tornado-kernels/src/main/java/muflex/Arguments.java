package muflex;

import java.util.Arrays;
import java.util.Locale;
import muflex.attention.AttentionShape;
import org.jspecify.annotations.Nullable;

/** Checks of what a caller passes in; each failure is one line with the axes, and a guess at the cause. */
final class Arguments {

    private Arguments() {}

    /** What {@link FlexAttention#forward} is given, and where it writes. */
    static void forward(AttentionShape shape, float[] q, float[] k, float[] v, AttentionResult into) {
        query("q", shape, q);
        key("k", shape, k);
        value("v", shape, v);
        out("out", shape, into.out());
        lse("lse", shape, into.lse());
        apart("out", into.out(), q, k, v);
        apart("lse", into.lse(), q, k, v);
        apart("out", into.out(), "lse", into.lse());
    }

    /** What {@link FlexAttention#backward} is given, and where it writes. */
    static void backward(
            AttentionShape shape,
            float[] q,
            float[] k,
            float[] v,
            AttentionResult result,
            float[] dOut,
            float @Nullable [] dLse,
            AttentionGradients into) {
        query("q", shape, q);
        key("k", shape, k);
        value("v", shape, v);
        out("out", shape, result.out());
        lse("lse", shape, result.lse());
        out("dOut", shape, dOut);
        if (dLse != null) {
            lse("dLse", shape, dLse);
        }
        query("dq", shape, into.dq());
        key("dk", shape, into.dk());
        value("dv", shape, into.dv());
        apart("dq", into.dq(), q, k, v, result, dOut);
        apart("dk", into.dk(), q, k, v, result, dOut);
        apart("dv", into.dv(), q, k, v, result, dOut);
        apart("dk", into.dk(), "dq", into.dq());
        apart("dv", into.dv(), "dq", into.dq());
        apart("dv", into.dv(), "dk", into.dk());
    }

    private static void apart(String name, float[] output, float[] q, float[] k, float[] v) {
        apart(name, output, "q", q);
        apart(name, output, "k", k);
        apart(name, output, "v", v);
    }

    private static void apart(
            String name, float[] output, float[] q, float[] k, float[] v, AttentionResult result, float[] dOut) {
        apart(name, output, q, k, v);
        apart(name, output, "out", result.out());
        apart(name, output, "lse", result.lse());
        apart(name, output, "dOut", dOut);
    }

    static void query(String name, AttentionShape s, float @Nullable [] array) {
        tensor(
                name,
                "queryHeads",
                "queryLength",
                "headDim",
                s.batch(),
                s.queryHeads(),
                s.queryLength(),
                s.headDim(),
                array);
    }

    static void key(String name, AttentionShape s, float @Nullable [] array) {
        tensor(name, "kvHeads", "kvLength", "headDim", s.batch(), s.kvHeads(), s.kvLength(), s.headDim(), array);
    }

    static void value(String name, AttentionShape s, float @Nullable [] array) {
        tensor(name, "kvHeads", "kvLength", "valueDim", s.batch(), s.kvHeads(), s.kvLength(), s.valueDim(), array);
    }

    static void out(String name, AttentionShape s, float @Nullable [] array) {
        tensor(
                name,
                "queryHeads",
                "queryLength",
                "valueDim",
                s.batch(),
                s.queryHeads(),
                s.queryLength(),
                s.valueDim(),
                array);
    }

    static void lse(String name, AttentionShape s, float @Nullable [] array) {
        // The axes are put into words only where they are wanted: a call allocates nothing.
        if (array == null || array.length != s.lseSize()) {
            String axes = String.format(
                    Locale.ROOT,
                    "[batch %d, queryHeads %d, queryLength %d]",
                    s.batch(),
                    s.queryHeads(),
                    s.queryLength());
            length(name, axes, s.lseSize(), array);
        }
    }

    private static void tensor(
            String name,
            String headsAxis,
            String lengthAxis,
            String dimAxis,
            int batch,
            int heads,
            int length,
            int dim,
            float @Nullable [] array) {
        if (array == null || array.length != batch * heads * length * dim) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "%s: expected %d floats [batch %d, %s %d, %s %d, %s %d], got %s; pass a row-major array of that size",
                    name,
                    batch * heads * length * dim,
                    batch,
                    headsAxis,
                    heads,
                    lengthAxis,
                    length,
                    dimAxis,
                    dim,
                    array == null
                            ? "null"
                            : got(array.length, batch, headsAxis, heads, lengthAxis, length, dimAxis, dim)));
        }
    }

    /** The size, and which single axis would explain it, the likeliest first. */
    private static String got(
            int got, int batch, String headsAxis, int heads, String lengthAxis, int length, String dimAxis, int dim) {
        String guess = guess(got, dimAxis, batch, heads, length);
        if (guess.isEmpty()) {
            guess = guess(got, headsAxis, batch, length, dim);
        }
        if (guess.isEmpty()) {
            guess = guess(got, lengthAxis, batch, heads, dim);
        }
        if (guess.isEmpty()) {
            guess = guess(got, "batch", heads, length, dim);
        }
        return got + guess;
    }

    private static String guess(int got, String axis, int a, int b, int c) {
        int others = a * b * c;
        return got > 0 && got % others == 0 ? " (as with " + axis + " " + got / others + ")" : "";
    }

    static void length(String name, String axes, int expected, float @Nullable [] array) {
        if (array == null || array.length != expected) {
            throw new IllegalArgumentException(name + ": expected " + expected + " floats " + axes + ", got "
                    + (array == null ? "null" : array.length) + "; pass a row-major array of that size");
        }
    }

    static void count(String name, String axes, int expected, int got) {
        if (got != expected) {
            throw new IllegalArgumentException(
                    name + ": expected " + expected + " " + axes + ", got " + got + "; pass one for each");
        }
    }

    static void range(String name, int least, int most, int value) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    name + ": expected " + least + " to " + most + ", got " + value + "; pass a number in that range");
        }
    }

    /** Refuses a batch that needs an array longer than any. */
    static void fits(String axes, int... sizes) {
        double product = 1;
        for (int size : sizes) {
            product *= size;
        }
        int most = Integer.MAX_VALUE - 8;
        if (product > most) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "batch: expected at most %d numbers in %s %s, got %.0f; take fewer at once",
                    most,
                    axes,
                    Arrays.toString(sizes),
                    product));
        }
    }

    /** Kernels write outputs while they still read inputs. */
    @SuppressWarnings("ReferenceEquality")
    static void apart(String name, float[] output, String inputName, float @Nullable [] input) {
        if (output == input) {
            throw new IllegalArgumentException(name + ": expected an array apart from " + inputName
                    + ", got the same one; give each output an array of its own");
        }
    }
}
