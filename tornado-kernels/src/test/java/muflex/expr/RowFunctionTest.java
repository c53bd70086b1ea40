package muflex.expr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import muflex.expr.RowFunction.Vary;
import org.junit.jupiter.api.Test;

class RowFunctionTest {
    private static final Expr.Parameter SCORE = new Expr.Parameter(Type.FLOAT, 0, "score");
    private static final Expr.Parameter Q = new Expr.Parameter(Type.INT, 1, "q");
    private static final Expr.Parameter KV = new Expr.Parameter(Type.INT, 2, "kv");
    private static final List<Expr.Parameter> PARAMETERS = List.of(SCORE, Q, KV);
    private static final List<Vary> VARY = List.of(Vary.ARRAY, Vary.UNIFORM, Vary.IOTA);

    /** score + slope·(kv − q), with the slope captured. */
    private static RowFunction alibi() {
        Expr distance = new Expr.Cast(Type.FLOAT, new Expr.Binary(BinaryOp.SUB, KV, Q));
        Expr slope = new Expr.Captured(Type.FLOAT, 0);
        Expr body = new Expr.Binary(BinaryOp.ADD, SCORE, new Expr.Binary(BinaryOp.MUL, slope, distance));
        return new RowFunction("alibi", PARAMETERS, VARY, List.of(body));
    }

    @Test
    void scalarRowWorksInPlace() throws Throwable {
        RowFunction row = alibi();
        MethodHandle method = Rows.compile("alibi", row::emitScalar);
        float[] s = {9, 1, 2, 3, 9};
        method.invokeExact(s, 1, 5, 7, s, 1, 3, new Object[] {0.5f});
        assertThat(s).containsExactly(9, 1 + 0.5f * 2, 2 + 0.5f * 3, 3 + 0.5f * 4, 9);
        assertThat(row.descriptor().displayDescriptor())
                .isEqualTo("(float[],int,int,int,float[],int,int,Object[])void");
    }

    /** kv <= q ? relative[q − kv] : 0: positions past q would read out of range. */
    @Test
    void readUnderAnArmThatIsNotTakenIsNotExecuted() throws Throwable {
        Expr read = new Expr.Read(Storage.FLOATS, 0, null, new Expr.Binary(BinaryOp.SUB, Q, KV));
        Expr body = new Expr.Select(
                new Expr.Compare(Comparison.LE, KV, Q),
                new Expr.Binary(BinaryOp.MUL, read, read),
                Expr.Constant.of(0f));
        RowFunction row = new RowFunction("relative", PARAMETERS, VARY, List.of(body));
        MethodHandle method = Rows.compile("relative", row::emitScalar);
        float[] s = new float[6];
        method.invokeExact(s, 0, 3, 0, s, 0, 6, new Object[] {new float[] {1, 2, 3, 4}});
        assertThat(s).containsExactly(16, 9, 4, 1, 0, 0);
        assertThatThrownBy(() -> method.invoke(s, 0, 4, 0, s, 0, 6, new Object[] {new float[] {1, 2, 3, 4}}))
                .isInstanceOf(ArrayIndexOutOfBoundsException.class);
    }

    /** Slots 0 and 2; slot 1 is not read. */
    @Test
    void capturedArraysCanBeArgumentsOfTheirOwn() throws Throwable {
        Expr ints = new Expr.Cast(Type.FLOAT, new Expr.Read(Storage.INTS, 2, null, KV));
        Expr body = new Expr.Binary(BinaryOp.ADD, new Expr.Read(Storage.FLOATS, 0, null, Q), ints);
        RowFunction row = new RowFunction("arrays", PARAMETERS, VARY, List.of(body));
        SortedMap<Integer, Storage> arrays = new TreeMap<>(Map.of(0, Storage.FLOATS, 2, Storage.INTS));
        MethodHandle method = Rows.compile("arrays", builder -> row.emitScalar(builder, arrays));
        float[] s = new float[2];
        method.invokeExact(s, 0, 1, 0, s, 0, 2, new float[] {5, 0.5f}, new int[] {10, 20});
        assertThat(s).containsExactly(10.5f, 20.5f);
        assertThat(row.descriptor(arrays).displayDescriptor())
                .isEqualTo("(float[],int,int,int,float[],int,int,float[],int[])void");
    }

    @Test
    void rewritingReplacesCapturedScalars() {
        Expr body = alibi().outputs().getFirst();
        Expr zero = Expr.Constant.of(0f);
        List<Expr> replaced = Rewriter.rewrite(List.of(body), e -> e instanceof Expr.Captured ? zero : e);
        assertThat(Dag.order(replaced)).noneMatch(Expr.Captured.class::isInstance);
        assertThat(Rewriter.rewrite(List.of(body), e -> e)).isEqualTo(Simplifier.simplify(List.of(body)));
    }

    @Test
    void structureDoesNotDependOnIdentity() {
        assertThat(alibi().structure()).isEqualTo(alibi().structure());
    }

    @Test
    void errorsNameTheParameter() {
        assertThatThrownBy(() -> new RowFunction("f", List.of(SCORE), List.of(Vary.IOTA), List.of(SCORE)))
                .hasMessage("parameters: expected int for IOTA, got float score; change its vary");
        assertThatThrownBy(() -> new RowFunction("f", List.of(Q), List.of(Vary.IOTA), List.of(Q)))
                .hasMessage("outputs: expected float, got int; cast it with Expr.Cast");
    }
}
