package muflex.conformance;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import muflex.FlexAttention;
import muflex.attention.AttentionShape;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.Devices;
import muflex.engine.reference.NaiveAttention;
import muflex.engine.reference.ReferenceAttention;
import org.jspecify.annotations.Nullable;

/**
 * What a case should give, in float64, and what a plain float32 evaluation gives of inputs in the case's precision. The latter's error is the measure of an
 * engine's.
 */
final class Gold {

    final AttentionSpec spec;
    final float[] q;
    final float[] k;
    final float[] v;
    final float[] dOut;
    final float @Nullable [] dLse;
    final List<float[]> learnable;
    private final Map<String, double[]> exact;
    private final Map<String, float[]> plain;

    Gold(Case test) {
        AttentionShape shape = test.shape();
        q = Values.normal(shape.querySize(), 1);
        k = Values.normal(shape.keySize(), 2);
        v = Values.normal(shape.valueSize(), 3);
        dOut = Values.normal(shape.outSize(), 4);
        dLse = test.dLse() ? Values.normal(shape.lseSize(), 5) : null;
        try (FlexAttention attention = test.build(Devices.byId("reference"))) {
            spec = attention.spec();
            learnable = spec.learnable();
            exact = exact();
            try (AttentionOp naive = new NaiveAttention(spec)) {
                plain = run(naive, shape, rounded(q), rounded(k), rounded(v), rounded(dOut));
            }
        }
    }

    private Map<String, double[]> exact() {
        AttentionShape shape = spec.shape();
        double[] out = new double[shape.outSize()];
        double[] lse = new double[shape.lseSize()];
        double[] dq = new double[shape.querySize()];
        double[] dk = new double[shape.keySize()];
        double[] dv = new double[shape.valueSize()];
        double[][] dLearnable = new double[learnable.size()][];
        Arrays.setAll(dLearnable, i -> new double[learnable.get(i).length]);
        double[] wideQ = Values.widen(q);
        double[] wideK = Values.widen(k);
        double[] wideV = Values.widen(v);
        try (ReferenceAttention reference = new ReferenceAttention(spec)) {
            reference.forward(wideQ, wideK, wideV, out, lse);
            reference.backward(
                    wideQ,
                    wideK,
                    wideV,
                    out,
                    lse,
                    Values.widen(dOut),
                    dLse == null ? null : Values.widen(dLse),
                    dq,
                    dk,
                    dv,
                    dLearnable);
        }
        Map<String, double[]> results = new LinkedHashMap<>();
        results.put("out", out);
        results.put("lse", lse);
        results.put("dq", dq);
        results.put("dk", dk);
        results.put("dv", dv);
        for (int i = 0; i < dLearnable.length; i++) {
            results.put("dLearnable " + i, dLearnable[i]);
        }
        return results;
    }

    /** Inputs as the case's precision has them: the error of a plain program on them is what 16 bits cost. */
    private float[] rounded(float[] values) {
        float[] rounded = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            rounded[i] = switch (spec.precision()) {
                case SINGLE -> values[i];
                case HALF -> Float.float16ToFloat(Float.floatToFloat16(values[i]));
                case BFLOAT16 -> Float.intBitsToFloat(Float.floatToRawIntBits(values[i]) + 0x8000 & 0xFFFF_0000);
            };
        }
        return rounded;
    }

    /** Forward and backward on stale buffers, by name of the result. */
    Map<String, float[]> run(AttentionOp op, AttentionShape shape) {
        return run(op, shape, q, k, v, dOut);
    }

    private Map<String, float[]> run(
            AttentionOp op, AttentionShape shape, float[] q, float[] k, float[] v, float[] dOut) {
        float[] out = stale(shape.outSize());
        float[] lse = stale(shape.lseSize());
        float[] dq = stale(shape.querySize());
        float[] dk = stale(shape.keySize());
        float[] dv = stale(shape.valueSize());
        float[][] dLearnable = new float[learnable.size()][];
        Arrays.setAll(dLearnable, i -> stale(learnable.get(i).length));
        op.forward(q, k, v, out, lse);
        op.backward(q, k, v, out, lse, dOut, dLse, dq, dk, dv, dLearnable);
        Map<String, float[]> results = new LinkedHashMap<>();
        results.put("out", out);
        results.put("lse", lse);
        results.put("dq", dq);
        results.put("dk", dk);
        results.put("dv", dv);
        for (int i = 0; i < dLearnable.length; i++) {
            results.put("dLearnable " + i, dLearnable[i]);
        }
        return results;
    }

    /** What an output held before must not show: neither as a NaN nor as a sum that goes on. */
    private static float[] stale(int size) {
        float[] array = new float[size];
        Arrays.fill(array, Float.NaN);
        return array;
    }

    /** How far {@code results} are from float64, beside float32's own error; one line for each result. */
    Map<String, Errors> errors(Map<String, float[]> results) {
        Map<String, Errors> errors = new LinkedHashMap<>();
        results.forEach((name, values) ->
                errors.put(name, Errors.of(exact.get(name), values, plain.get(name), rounding(name, values.length))));
        return errors;
    }

    /**
     * What rounding leaves of an element, in units of 1e-7, which 16 bits make larger, inputs being of size 1: a sum grows with the root of the rows it
     * is over, and dP − δ is a difference of two dot products of valueDim terms, each with partial sums that round.
     */
    private double rounding(String name, int length) {
        double unit = switch (spec.precision()) {
            case SINGLE -> 1;
            case HALF -> 0x1p13;
            case BFLOAT16 -> 0x1p16;
        };
        return unit * singleRounding(name, length);
    }

    private double singleRounding(String name, int length) {
        AttentionShape shape = spec.shape();
        double rows = Math.sqrt((double) shape.queryLength() * shape.groupSize());
        double difference = shape.valueDim() * Math.abs(spec.scale());
        return switch (name) {
            case "out", "lse" -> 1;
            case "dq" -> difference;
            case "dk" -> rows * difference;
            case "dv" -> rows;
            default -> Math.sqrt((double) shape.lseSize() / length);
        };
    }
}
