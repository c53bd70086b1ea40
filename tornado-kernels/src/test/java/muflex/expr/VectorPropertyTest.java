package muflex.expr;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.constant.ClassDesc;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import muflex.expr.RowFunction.Vary;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The vector form of random expressions against their scalar form. */
class VectorPropertyTest {
    private static final ClassDesc OWNER = ClassDesc.of("muflex.expr.Generated");
    private static final List<Vary> VARY = List.of(Vary.ARRAY, Vary.UNIFORM, Vary.IOTA, Vary.UNIFORM);
    private static final int LENGTH = RandomExpressions.LENGTH;

    /** Without transcendental functions and zeros of either sign, every bit is the same. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void exactOperationsAreExact(long part) throws Throwable {
        for (long seed = part * 1000; seed < part * 1000 + 60; seed++) {
            compare(seed, new RandomExpressions(seed, false, false).withoutSignedZeros());
        }
    }

    /** Doubles too: they have lanes of their own. */
    @ParameterizedTest
    @ValueSource(longs = {5, 6})
    void doublesAreExact(long part) throws Throwable {
        for (long seed = part * 1000; seed < part * 1000 + 60; seed++) {
            RandomExpressions expressions = new RandomExpressions(seed, false, true);
            compare(seed, expressions.withoutSignedZeros().withoutLongs());
        }
    }

    /** Functions whose vector form is scalar code are exact too. */
    @ParameterizedTest
    @ValueSource(longs = {7, 8})
    void otherFunctionsAreExact(long part) throws Throwable {
        for (long seed = part * 1000; seed < part * 1000 + 60; seed++) {
            RandomExpressions expressions = new RandomExpressions(seed, true, false).withoutSignedZeros();
            compare(seed, expressions.without(UnaryOp.EXP).without(UnaryOp.TANH));
        }
    }

    private static final List<Approximate> APPROXIMATE = List.of(
            new Approximate(x -> function(UnaryOp.EXP, x), 2),
            new Approximate(x -> function(UnaryOp.TANH, x), 5),
            new Approximate(x -> function(UnaryOp.TANH, quotient(x, Expr.Constant.of(30f))), 7),
            new Approximate(x -> function(UnaryOp.TANH, quotient(x, new Expr.Captured(Type.FLOAT, 4))), 7),
            new Approximate(x -> power(x, 2), 2),
            new Approximate(x -> power(x, 3), 2),
            new Approximate(x -> power(x, 4), 2));

    /** A function, and how many ulps its vector form may be off, see {@link RowFunction#emitVector}. */
    private record Approximate(UnaryOperator<Expr> function, int ulps) {}

    private static Expr function(UnaryOp op, Expr x) {
        return new Expr.Cast(Type.FLOAT, new Expr.Unary(op, new Expr.Cast(Type.DOUBLE, x)));
    }

    private static Expr quotient(Expr x, Expr c) {
        return new Expr.Binary(BinaryOp.DIV, x, c);
    }

    private static Expr power(Expr x, int exponent) {
        Expr wide = new Expr.Cast(Type.DOUBLE, x);
        return new Expr.Cast(
                Type.FLOAT, new Expr.Binary(BinaryOp.POW, wide, new Expr.Constant(Type.DOUBLE, (double) exponent)));
    }

    /** exp, tanh and powers of random exact arguments are off by no more than they say. */
    @ParameterizedTest
    @ValueSource(longs = {9, 10})
    void functionsAreWithinTheirUlps(long part) throws Throwable {
        for (long seed = part * 1000; seed < part * 1000 + 140; seed++) {
            RandomExpressions expressions = new RandomExpressions(seed, false, false).withoutSignedZeros();
            Approximate f = APPROXIMATE.get((int) (seed % APPROXIMATE.size()));
            Expr body = f.function().apply(expressions.next(Type.FLOAT, 2 + (int) seed % 2));
            compare(seed, Simplifier.simplify(body), expressions.captures(), f.ulps());
        }
    }

    private static void compare(long seed, RandomExpressions expressions) throws Throwable {
        Expr body = Simplifier.simplify(expressions.next(Type.FLOAT, 2 + (int) seed % 3));
        compare(seed, body, expressions.captures(), 0);
    }

    private static void compare(long seed, Expr body, List<Object> captured, int ulps) throws Throwable {
        RowFunction row = new RowFunction("row", RandomExpressions.PARAMETERS, VARY, List.of(body));
        MethodHandle scalar = Rows.compile("row", row::emitScalar);
        MethodHandle vector = Rows.compile("row", builder -> row.emitVector(builder, OWNER));
        Object[] captures = captured.toArray();
        Random random = new Random(seed);
        for (int n = 0; n < 4; n++) {
            int count = n == 0 ? LENGTH : random.nextInt(LENGTH);
            int i = random.nextInt(LENGTH);
            int j = random.nextInt(LENGTH - count + 1);
            int k = random.nextInt(100) - 50;
            float[] x = new float[LENGTH + 1];
            for (int m = 0; m < x.length; m++) {
                x[m] = m == 7 ? Float.NaN : m == 5 ? Float.NEGATIVE_INFINITY : (float) random.nextGaussian() * 3;
            }
            float[] expected = x.clone();
            scalar.invokeExact(expected, 1, i, j, k, expected, 1, count, captures);
            vector.invokeExact(x, 1, i, j, k, x, 1, count, captures);
            String what = "seed %d i %d j %d k %d count %d: %s".formatted(seed, i, j, k, count, Printer.print(body));
            if (ulps == 0) {
                assertThat(x).as(what).containsExactly(expected);
            }
            for (int m = 0; m < x.length; m++) {
                assertThat(isWithin(ulps, x[m], expected[m]))
                        .as("%s: got %s, expected %s", what, x[m], expected[m])
                        .isTrue();
            }
        }
    }

    /** Below the least normal float, 0 is near enough: {@link VectorFunctions} flushes to it. */
    private static boolean isWithin(int ulps, float got, float expected) {
        return Float.compare(got, expected) == 0
                || Math.abs((double) got - expected) <= ulps * Math.ulp(expected)
                || Math.abs(expected) < Float.MIN_NORMAL && got == 0;
    }
}
