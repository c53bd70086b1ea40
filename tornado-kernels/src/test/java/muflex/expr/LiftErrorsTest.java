package muflex.expr;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.classfile.ClassFile;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import muflex.expr.Mods.Ints;
import muflex.expr.Mods.Plain;
import muflex.expr.Mods.Score;
import org.junit.jupiter.api.Test;

/** What can't be lifted is named in one line, with where it is and what to do. */
class LiftErrorsTest {
    private static final String EXPECTED = "lambda: expected arithmetic, branches, Math, calls of static methods and"
            + " captured mods, and reads of captured float[], int[], byte[], float[][]; got ";

    private float changing = 1;

    private static void expect(Object lambda, String got, String fix) {
        assertThatThrownBy(() -> Lifter.lift(lambda))
                .isInstanceOf(LiftException.class)
                .hasMessageMatching(java.util.regex.Pattern.quote(EXPECTED + got)
                        + " at muflex\\.expr\\.LiftErrorsTest\\.[\\w$]+ \\(LiftErrorsTest\\.java:\\d+\\); "
                        + java.util.regex.Pattern.quote(fix));
    }

    @Test
    void notSerializable() {
        Plain plain = x -> x;
        assertThatThrownBy(() -> Lifter.lift(plain))
                .hasMessage("lambda: expected a serializable one, got one of muflex.expr.Mods$Plain;"
                        + " make that interface extend java.io.Serializable");
    }

    @Test
    void lineOfTheConstruct() {
        Random random = new Random(1);
        int line = new Throwable().getStackTrace()[0].getLineNumber();
        Score mod = (s, b, h, q, kv) -> {
            float x = s + 1;
            x += random.nextFloat(); // three lines below `line`
            return x;
        };
        assertThatThrownBy(() -> Lifter.lift(mod))
                .hasMessageStartingWith(EXPECTED + "a call of Random.nextFloat() on a java.util.Random at"
                        + " muflex.expr.LiftErrorsTest.lambda$lineOfTheConstruct$")
                .hasMessageEndingWith(" (LiftErrorsTest.java:" + (line + 3)
                        + "); compute it outside of the lambda and capture the result");
    }

    @Test
    void callsOfTheJdk() {
        Random random = new Random(1);
        Score mod = (s, b, h, q, kv) -> s + random.nextFloat();
        expect(
                mod,
                "a call of Random.nextFloat() on a java.util.Random",
                "compute it outside of the lambda and capture the result");
        Score atan = (s, b, h, q, kv) -> (float) Math.atan2(s, q);
        expect(
                atan,
                "a call of Math.atan2(double, double)",
                "use abs, ceil, clamp, cos, exp, expm1, floor, floorDiv, floorMod, fma, log, log1p, max, min, pow,"
                        + " rint, signum, sin, sqrt, tan or tanh of Math");
        Score bits = (s, b, h, q, kv) -> Float.floatToIntBits(s);
        expect(
                bits,
                "a call of Float.floatToIntBits(float)",
                "compute it outside of the lambda and capture the result");
    }

    private static int factorial(int n) {
        return n <= 1 ? 1 : n * factorial(n - 1);
    }

    @Test
    void recursion() {
        Ints mod = (i, j) -> factorial(i);
        expect(mod, "a recursive call of factorial", "write it as a loop");
    }

    @Test
    void objectsMadeInside() {
        Score object = (s, b, h, q, kv) -> new float[] {s, q}[h];
        expect(object, "a new array", "make it outside of the lambda and capture it");
        Score list = (s, b, h, q, kv) -> s + new Random(q).hashCode();
        expect(list, "new Random", "make it outside of the lambda and capture it");
        Score lambda = (s, b, h, q, kv) -> {
            Function<Float, Float> f = x -> x + kv;
            return f.apply(s);
        };
        expect(lambda, "a lambda or method reference made inside", "make it outside of the lambda and capture it");
        Score text = (s, b, h, q, kv) -> ("" + q).length();
        expect(text, "a string concatenation", "remove it");
    }

    @Test
    void assignments() {
        float[] sink = new float[4];
        Score mod = (s, b, h, q, kv) -> sink[h] = s;
        expect(mod, "an assignment to an array's element", "a lifted lambda only computes a value; remove it");
    }

    @Test
    void fieldsThatMayChange() {
        Score mod = (s, b, h, q, kv) -> s * changing;
        changing = 2;
        expect(
                mod,
                "the field changing of muflex.expr.LiftErrorsTest, which is not final",
                "make it final, or copy it to a local variable and capture that");
    }

    @Test
    void loopsThatDependOnData() {
        Ints mod = (i, j) -> {
            int n = 0;
            while (i > n) {
                n += j;
            }
            return n;
        };
        expect(mod, "a loop whose trip count is not constant", "bound it by a constant or a captured int");
        Ints endless = (i, j) -> {
            int n = 0;
            for (int k = 0; k < 10_000_000; k++) {
                n ^= k;
            }
            return n;
        };
        expect(endless, "more than 200000 steps", "make its loops shorter");
    }

    @Test
    void functionsTooLargeForAMethod() {
        Score sum = (s, b, h, q, kv) -> {
            float x = s;
            for (int n = 0; n < 3000; n++) {
                x = x * s + n;
            }
            return x;
        };
        assertThatThrownBy(() -> Lifter.lift(sum))
                .hasMessage("lambda: expected at most 5000 operations, loops unrolled, got 6000 in"
                        + " Mods.Score.apply(float, int, int, int, int); make its loops shorter");
    }

    @Test
    void arraysOfOtherTypes() {
        boolean[] flags = new boolean[4];
        Score mod = (s, b, h, q, kv) -> flags[h] ? s : 0;
        expect(mod, "an element of a boolean[]", "capture a float[], int[], byte[] or float[][] instead");
    }

    @Test
    void choicesBetweenObjects() {
        float[] a = new float[4];
        float[] c = new float[4];
        Score mod = (s, b, h, q, kv) -> s + (q > kv ? a : c)[h];
        expect(
                mod,
                "a choice between two objects, or a variable not always set",
                "choose between their elements instead, or choose outside and capture the result");
    }

    @Test
    void exceptions() {
        Score thrower = (s, b, h, q, kv) -> {
            if (q < 0) {
                throw new IllegalArgumentException();
            }
            return s;
        };
        expect(thrower, "throw new IllegalArgumentException", "validate before, outside of the lambda");
        Ints catcher = (i, j) -> {
            try {
                return i / j;
            } catch (ArithmeticException e) {
                return 0;
            }
        };
        expect(catcher, "a try statement", "test for the case instead");
    }

    record Pair(float x, float y) implements java.io.Serializable {}

    enum Kind {
        SOFT,
        HARD
    }

    sealed interface Curve extends java.io.Serializable {}

    record Line(float slope) implements Curve {}

    record Flat(float height) implements Curve {}

    private static float guarded(float s) {
        try {
            return 1 / s;
        } finally {
            Thread.onSpinWait();
        }
    }

    @Test
    void whatTheCompilerCatchesIsNamedAsItIsWritten() {
        Object pair = new Pair(1, 2);
        Curve curve = new Line(1);
        Kind kind = Kind.SOFT;
        String text = "text";
        expect((Score) (s, b, h, q, kv) -> guarded(s), "a try statement", "test for the case instead");
        expect(
                (Score) (s, b, h, q, kv) -> {
                    try {
                        return switch (kind) {
                            case SOFT -> s;
                            case HARD -> s / q;
                        };
                    } catch (ArithmeticException e) {
                        return 0;
                    }
                },
                "a try statement",
                "test for the case instead");
        expect(
                (Score) (s, b, h, q, kv) -> {
                    synchronized (text) {
                        return s;
                    }
                },
                "synchronized",
                "a lifted lambda only computes a value; remove it");
        expect(
                (Score) (s, b, h, q, kv) -> pair instanceof Pair(float x, float y) ? s + x + y : s,
                "a record pattern",
                "call the record's accessors instead");
        expect(
                (Score) (s, b, h, q, kv) -> switch (curve) {
                    case Line line -> s * line.slope();
                    case Flat flat -> flat.height();
                },
                "a switch over patterns",
                "choose outside of the lambda and capture the choice");
    }

    @Test
    void boxes() {
        interface Boxed extends Function<Float, Float>, java.io.Serializable {}
        Boxed mod = x -> x;
        assertThatThrownBy(() -> Lifter.lift(mod))
                .hasMessage(
                        "lambda: expected primitive parameters and result, got Float in LiftErrorsTest.1Boxed.apply(Float);"
                                + " use an interface with primitives");
    }

    @Test
    void objectsWithoutOneFunction() {
        assertThatThrownBy(() -> Lifter.lift(List.of()))
                .hasMessageStartingWith("lambda: expected an object with one functional interface, got a java.util.");
    }

    @Test
    void classesWithoutAClassFile() throws ReflectiveOperationException {
        ClassDesc name = ClassDesc.of("muflex.expr.NoFile");
        byte[] bytes = ClassFile.of()
                .build(
                        name,
                        builder -> builder.withVersion(ClassFile.JAVA_25_VERSION, 0)
                                .withInterfaceSymbols(ClassDesc.ofDescriptor(Ints.class.descriptorString()))
                                .withMethodBody(
                                        ConstantDescs.INIT_NAME,
                                        ConstantDescs.MTD_void,
                                        ClassFile.ACC_PUBLIC,
                                        code -> code.aload(0)
                                                .invokespecial(
                                                        ConstantDescs.CD_Object,
                                                        ConstantDescs.INIT_NAME,
                                                        ConstantDescs.MTD_void)
                                                .return_())
                                .withMethodBody(
                                        "apply",
                                        MethodTypeDesc.of(
                                                ConstantDescs.CD_int, ConstantDescs.CD_int, ConstantDescs.CD_int),
                                        ClassFile.ACC_PUBLIC,
                                        code -> code.iload(1).ireturn()));
        Class<?> type = MethodHandles.lookup().defineClass(bytes);
        Object mod = type.getConstructor().newInstance();
        assertThatThrownBy(() -> Lifter.lift(mod))
                .hasMessage("lambda: expected a class whose class file can be read, got muflex.expr.NoFile (of a REPL,"
                        + " or generated while running); compile it from a file, or use `interpret` mode, which calls"
                        + " the lambda itself");
    }
}
