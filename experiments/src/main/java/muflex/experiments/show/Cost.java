package muflex.experiments.show;

import java.lang.reflect.Array;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import muflex.AttentionGradients;
import muflex.AttentionResult;
import muflex.FlexAttention;
import muflex.attention.AttentionShape;
import muflex.attention.BlockLists;
import muflex.attention.BlockMask;
import muflex.attention.MaskMod;
import muflex.engine.Device;
import muflex.experiments.report.TextTable;
import muflex.expr.Lifter;

/**
 * What a mask or a score mod costs on a device, beside attention without any: the median of samples that alternate between the two, and
 * the memory that comes with it.
 *
 * @param forward seconds of the two forward passes, with it and without
 * @param backward likewise
 * @param listBytes of a mask's block lists
 * @param capturedBytes of captured arrays
 */
public record Cost(double[] forward, double[] backward, long listBytes, long capturedBytes) {

    private static final int DIM = 64;
    /** The mods' own code is compiled while it runs, and again when it is hot. */
    private static final long WARMUP_NANOS = 700_000_000;

    private static final int SAMPLES = 9;

    /** Measures it: one batch, head dim 64. */
    public static Cost of(Shown shown, Device device, int heads) {
        AttentionShape shape = AttentionShape.of(1, heads, shown.length(), DIM);
        MaskMod mask = shown.mask();
        BlockMask blocks = mask == null ? null : BlockMask.create(mask, 1, heads, shown.length(), shown.length());
        FlexAttention.Builder builder = FlexAttention.builder(shape).device(device);
        if (blocks != null) {
            builder.blockMask(blocks);
        } else {
            builder.scoreMod(shown.scoreMod());
        }
        try (FlexAttention with = builder.build();
                FlexAttention without =
                        FlexAttention.builder(shape).device(device).build()) {
            Random random = new Random(1);
            float[] q = normal(random, shape.querySize());
            float[] k = normal(random, shape.keySize());
            float[] v = normal(random, shape.valueSize());
            FlexAttention[] both = {with, without};
            double[][] forward = new double[2][SAMPLES];
            double[][] backward = new double[2][SAMPLES];
            AttentionResult[] results = {with.newResult(), without.newResult()};
            AttentionGradients gradients = with.newGradients();
            long warm = System.nanoTime() + WARMUP_NANOS;
            for (int i = -1; i < SAMPLES; i = i < 0 && System.nanoTime() < warm ? i : i + 1) {
                for (int which = 0; which < 2; which++) {
                    long start = System.nanoTime();
                    both[which].forward(q, k, v, results[which]);
                    long middle = System.nanoTime();
                    both[which].backward(q, k, v, results[which], v, null, gradients);
                    long end = System.nanoTime();
                    if (i >= 0) {
                        forward[which][i] = (middle - start) / 1e9;
                        backward[which][i] = (end - middle) / 1e9;
                    }
                }
            }
            List<Object> captures = Lifter.lift(shown.function()).captures();
            return new Cost(
                    medians(forward),
                    medians(backward),
                    blocks == null ? 0 : bytes(blocks.lists()),
                    captures.stream().mapToLong(Cost::bytes).sum());
        }
    }

    private static float[] normal(Random random, int size) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static double[] medians(double[][] samples) {
        return Arrays.stream(samples)
                .mapToDouble(one -> {
                    Arrays.sort(one);
                    return one[one.length / 2];
                })
                .toArray();
    }

    private static long bytes(BlockLists lists) {
        return 4L
                * (lists.partialOffsets().length
                        + lists.partialBlocks().length
                        + lists.fullOffsets().length
                        + lists.fullBlocks().length);
    }

    private static long bytes(Object capture) {
        return switch (capture) {
            case byte[] array -> array.length;
            case float[][] rows ->
                Arrays.stream(rows).mapToLong(row -> 4L * row.length).sum();
            case Object array when array.getClass().isArray() -> 4L * Array.getLength(array);
            default -> 0;
        };
    }

    /** The cells of a table's row under {@link #columns}. */
    public String[] cells() {
        return new String[] {
            number("%.2f", 1e3 * forward[0]),
            number("%.2f", forward[0] / forward[1]),
            number("%.2f", 1e3 * backward[0]),
            number("%.2f", backward[0] / backward[1]),
            String.valueOf(listBytes),
            String.valueOf(capturedBytes)
        };
    }

    /** Adds the columns of {@link #cells}; those after the times are shares of what attention without it takes. */
    public static TextTable columns(TextTable table) {
        return table.right("forward ms")
                .right("× none")
                .right("backward ms")
                .right("× none")
                .right("lists B")
                .right("captured B");
    }

    private static String number(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }

    /** One line. */
    public String text(Device device) {
        return String.format(
                Locale.ROOT,
                "on %s: forward %.2f ms (× %.2f of none), backward %.2f ms (× %.2f); block lists %d bytes, captured arrays %d bytes",
                device.id(),
                1e3 * forward[0],
                forward[0] / forward[1],
                1e3 * backward[0],
                backward[0] / backward[1],
                listBytes,
                capturedBytes);
    }
}
