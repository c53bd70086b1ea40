package muflex.engine.reference;

import java.util.Arrays;
import java.util.stream.IntStream;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.Weights;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.kernels.Philox;
import org.jspecify.annotations.Nullable;

/**
 * The oracle: attention in float64, one query row at a time, as the formulas of {@link AttentionSpec} have it. The {@code
 * double[]} methods are what everything else is judged by; the {@code float[]} ones widen, compute and round once.
 * Deterministic.
 */
public final class ReferenceAttention implements AttentionOp {

    /** Rows of one forward task. */
    private static final int CHUNK = 32;

    private AttentionSpec spec;
    private final AttentionShape shape;
    private final Mod mod;

    public ReferenceAttention(AttentionSpec spec) {
        this.spec = spec;
        shape = spec.shape();
        mod = Mods.of(spec);
    }

    @Override
    public void forward(float[] q, float[] k, float[] v, float[] out, float[] lse) {
        double[] wideOut = new double[out.length];
        double[] wideLse = new double[lse.length];
        forward(widen(q), widen(k), widen(v), wideOut, wideLse);
        round(wideOut, out);
        round(wideLse, lse);
    }

    @Override
    public void maxScores(float[] q, float[] k, float[] max) {
        double[] wideQ = widen(q);
        double[] wideK = widen(k);
        IntStream.range(0, shape.batch() * shape.queryHeads()).parallel().forEach(head -> {
            Row row = new Row(head / shape.queryHeads(), head % shape.queryHeads());
            for (int i = 0; i < shape.queryLength(); i++) {
                row.scores(i, wideQ, wideK);
                max[head * shape.queryLength() + i] = (float) row.max();
            }
        });
    }

    @Override
    public void replaceMask(BlockMask mask) {
        spec = spec.withMask(mask);
    }

    @Override
    public String explain() {
        return "row by row in float64, the lifted functions evaluated pair by pair";
    }

    /** Fills {@code out} and {@code lse}. */
    public void forward(double[] q, double[] k, double[] v, double[] out, double[] lse) {
        int chunks = Math.ceilDiv(shape.queryLength(), CHUNK);
        IntStream.range(0, shape.batch() * shape.queryHeads() * chunks)
                .parallel()
                .forEach(task -> forwardChunk(task / chunks, task % chunks * CHUNK, q, k, v, out, lse));
    }

    private void forwardChunk(
            int batchHead, int firstRow, double[] q, double[] k, double[] v, double[] out, double[] lse) {
        Row row = new Row(batchHead / shape.queryHeads(), batchHead % shape.queryHeads());
        int end = Math.min(shape.queryLength(), firstRow + CHUNK);
        for (int i = firstRow; i < end; i++) {
            row.scores(i, q, k);
            row.forward(v, out, lse);
        }
    }

    @Override
    public void backward(
            float[] q,
            float[] k,
            float[] v,
            float[] out,
            float[] lse,
            float[] dOut,
            float @Nullable [] dLse,
            float[] dq,
            float[] dk,
            float[] dv,
            float[][] dLearnable) {
        double[] wideDq = new double[dq.length];
        double[] wideDk = new double[dk.length];
        double[] wideDv = new double[dv.length];
        double[][] wideLearnable = new double[dLearnable.length][];
        Arrays.setAll(wideLearnable, i -> new double[dLearnable[i].length]);
        backward(
                widen(q),
                widen(k),
                widen(v),
                widen(out),
                widen(lse),
                widen(dOut),
                dLse == null ? null : widen(dLse),
                wideDq,
                wideDk,
                wideDv,
                wideLearnable);
        round(wideDq, dq);
        round(wideDk, dk);
        round(wideDv, dv);
        for (int i = 0; i < dLearnable.length; i++) {
            round(wideLearnable[i], dLearnable[i]);
        }
    }

    /** Fills the gradients of {@code Σ out · dOut + Σ lse · dLse}. */
    public void backward(
            double[] q,
            double[] k,
            double[] v,
            double[] out,
            double[] lse,
            double[] dOut,
            double @Nullable [] dLse,
            double[] dq,
            double[] dk,
            double[] dv,
            double[][] dLearnable) {
        Arrays.fill(dq, 0);
        Arrays.fill(dk, 0);
        Arrays.fill(dv, 0);
        Gradients shared = new Gradients(q, k, v, out, lse, dOut, dLse, dq, dk, dv, dLearnable);
        // One task a key head: dk and dv are its own. Learnable arrays are shared, so each task sums its own copy, and
        // the copies are added in order.
        double[][][] copies = IntStream.range(0, shape.batch() * shape.kvHeads())
                .parallel()
                .mapToObj(task -> backwardGroup(task / shape.kvHeads(), task % shape.kvHeads(), shared))
                .toArray(double[][][]::new);
        for (int i = 0; i < dLearnable.length; i++) {
            Arrays.fill(dLearnable[i], 0);
            for (double[][] copy : copies) {
                for (int j = 0; j < dLearnable[i].length; j++) {
                    dLearnable[i][j] += copy[i][j];
                }
            }
        }
    }

    private record Gradients(
            double[] q,
            double[] k,
            double[] v,
            double[] out,
            double[] lse,
            double[] dOut,
            double @Nullable [] dLse,
            double[] dq,
            double[] dk,
            double[] dv,
            double[][] dLearnable) {}

    private double[][] backwardGroup(int b, int kvHead, Gradients g) {
        double[][] learnable = new double[g.dLearnable.length][];
        Arrays.setAll(learnable, i -> new double[g.dLearnable[i].length]);
        for (int h = kvHead * shape.groupSize(); h < (kvHead + 1) * shape.groupSize(); h++) {
            Row row = new Row(b, h);
            for (int i = 0; i < shape.queryLength(); i++) {
                row.scores(i, g.q, g.k);
                row.backward(g, learnable);
            }
        }
        return learnable;
    }

    /** One query row of one batch and head: its keys and their scores. */
    private final class Row {
        private final int b;
        private final int h;
        private final int kvHead;
        private final RowKeys keys = new RowKeys(spec.mask(), shape.kvLength());
        private final double[] raw = new double[shape.kvLength()];
        private final double[] scores = new double[shape.kvLength()];
        private int q;

        Row(int b, int h) {
            this.b = b;
            this.h = h;
            kvHead = b * shape.kvHeads() + h / shape.groupSize();
        }

        private int index() {
            return (b * shape.queryHeads() + h) * shape.queryLength() + q;
        }

        private int key(int i, int dim) {
            return (kvHead * shape.kvLength() + keys.keys[i]) * dim;
        }

        private double keep(int i) {
            return spec.dropout() == 0 ? 1 : Philox.keep(spec.seed(), spec.dropout(), b, h, q, keys.keys[i]);
        }

        /** Moves to row {@code newQ}. */
        void scores(int newQ, double[] query, double[] key) {
            q = newQ;
            keys.find(b, h, q);
            int dim = shape.headDim();
            for (int i = 0; i < keys.count; i++) {
                raw[i] = spec.scale() * dot(query, index() * dim, key, key(i, dim), dim);
                scores[i] = mod.value(raw[i], b, h, q, keys.keys[i]);
            }
        }

        double max() {
            double max = Double.NEGATIVE_INFINITY;
            for (int i = 0; i < keys.count; i++) {
                max = Math.max(max, scores[i]);
            }
            return max;
        }

        void forward(double[] v, double[] out, double[] lse) {
            if (spec.weights() == Weights.STICK_BREAKING) {
                breakStick(v, out, lse);
                return;
            }
            float[] sinks = spec.sinks();
            double max = sinks == null ? Double.NEGATIVE_INFINITY : sinks[h];
            for (int i = 0; i < keys.count; i++) {
                max = Math.max(max, scores[i]);
            }
            int dim = shape.valueDim();
            int row = index() * dim;
            Arrays.fill(out, row, row + dim, 0);
            lse[index()] = max;
            if (max == Double.NEGATIVE_INFINITY) {
                return;
            }
            double sum = sinks == null ? 0 : Math.exp(sinks[h] - max);
            for (int i = 0; i < keys.count; i++) {
                scores[i] = Math.exp(scores[i] - max);
                sum += scores[i];
            }
            lse[index()] = max + Math.log(sum);
            for (int i = 0; i < keys.count; i++) {
                add(out, row, scores[i] / sum * keep(i), v, key(i, dim), dim);
            }
        }

        /** From the newest key to the oldest, each with its share of what is left. */
        private void breakStick(double[] v, double[] out, double[] lse) {
            int dim = shape.valueDim();
            int row = index() * dim;
            Arrays.fill(out, row, row + dim, 0);
            double passed = 0;
            for (int i = keys.count - 1; i >= 0; i--) {
                add(out, row, Stick.share(scores[i]) * Math.exp(-passed), v, key(i, dim), dim);
                passed += Stick.softplus(scores[i]);
            }
            lse[index()] = passed;
        }

        void backward(Gradients g, double[][] learnable) {
            double dLse = g.dLse == null ? 0 : g.dLse[index()];
            if (spec.weights() == Weights.STICK_BREAKING) {
                stickBackward(g, dLse, learnable);
                return;
            }
            int valueDim = shape.valueDim();
            int valueRow = index() * valueDim;
            double delta = dot(g.out, valueRow, g.dOut, valueRow, valueDim) - dLse;
            double lse = g.lse[index()];
            if (lse == Double.NEGATIVE_INFINITY) {
                return;
            }
            for (int i = 0; i < keys.count; i++) {
                double p = Math.exp(scores[i] - lse);
                if (p != 0) {
                    double kept = keep(i);
                    pair(g, i, p * kept, p * (kept * weightGradient(g, i) - delta), learnable);
                }
            }
            accumulateSink(lse, delta, learnable);
        }

        /** Sums go from the oldest key: from the newest they would end in a difference of equal numbers. */
        private void stickBackward(Gradients g, double dLse, double[][] learnable) {
            double[] weights = new double[keys.count];
            double passed = 0;
            for (int i = keys.count - 1; i >= 0; i--) {
                weights[i] = Stick.share(scores[i]) * Math.exp(-passed);
                passed += Stick.softplus(scores[i]);
            }
            double older = 0;
            for (int i = 0; i < keys.count; i++) {
                double gain = weights[i] * weightGradient(g, i);
                older += gain;
                pair(g, i, weights[i], gain - Stick.share(scores[i]) * (older - dLse), learnable);
            }
        }

        /** {@code Σ dOut · v[kv]}. */
        private double weightGradient(Gradients g, int i) {
            int dim = shape.valueDim();
            return dot(g.dOut, index() * dim, g.v, key(i, dim), dim);
        }

        /** What a pair adds to all gradients, from its weight and the derivative by its modified score. */
        private void pair(Gradients g, int i, double weight, double dScore, double[][] learnable) {
            int dim = shape.headDim();
            int row = index() * dim;
            int kv = keys.keys[i];
            add(g.dv, key(i, shape.valueDim()), weight, g.dOut, index() * shape.valueDim(), shape.valueDim());
            mod.accumulate(raw[i], b, h, q, kv, dScore, (array, at, value) -> learnable[array][at] += value);
            double dRaw = spec.scale() * dScore * mod.derivative(raw[i], b, h, q, kv);
            add(g.dq, row, dRaw, g.k, key(i, dim), dim);
            add(g.dk, key(i, dim), dRaw, g.q, row, dim);
        }

        private void accumulateSink(double lse, double delta, double[][] learnable) {
            float[] sinks = spec.sinks();
            int i = spec.learnableIndex(sinks);
            if (sinks != null && i >= 0) {
                learnable[i][h] -= Math.exp(sinks[h] - lse) * delta;
            }
        }
    }

    /** Four sums at a time: one alone waits for each addition. */
    private static double dot(double[] a, int aOffset, double[] b, int bOffset, int n) {
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        int i = 0;
        for (; i + 3 < n; i += 4) {
            s0 += a[aOffset + i] * b[bOffset + i];
            s1 += a[aOffset + i + 1] * b[bOffset + i + 1];
            s2 += a[aOffset + i + 2] * b[bOffset + i + 2];
            s3 += a[aOffset + i + 3] * b[bOffset + i + 3];
        }
        for (; i < n; i++) {
            s0 += a[aOffset + i] * b[bOffset + i];
        }
        return (s0 + s1) + (s2 + s3);
    }

    private static void add(double[] to, int toOffset, double factor, double[] from, int fromOffset, int n) {
        for (int i = 0; i < n; i++) {
            to[toOffset + i] += factor * from[fromOffset + i];
        }
    }

    private static double[] widen(float[] values) {
        double[] wide = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            wide[i] = values[i];
        }
        return wide;
    }

    private static void round(double[] wide, float[] values) {
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) wide[i];
        }
    }

    @Override
    public void close() {}
}
