package muflex.experiments.show;

import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import muflex.AttentionGradients;
import muflex.AttentionResult;
import muflex.FlexAttention;
import muflex.attention.AttentionShape;
import muflex.attention.BlockLists;
import muflex.attention.BlockMask;
import muflex.attention.MaskMod;
import muflex.engine.Device;
import muflex.experiments.compare.Stopwatch;
import muflex.experiments.compare.Tensors;
import muflex.experiments.cost.Entry;
import muflex.experiments.report.Row;
import muflex.experiments.report.TextTable;
import muflex.experiments.report.Units;
import muflex.expr.Lifter;

/**
 * What a mask or a score mod costs on a device, beside attention without any: samples of the two alternate; and the memory that comes
 * with it.
 *
 * @param listBytes of a mask's block lists
 * @param capturedBytes of captured arrays
 */
public record Cost(Pair forward, Pair backward, long listBytes, long capturedBytes) {

    private static final int DIM = 64;
    private static final Stopwatch STOPWATCH = new Stopwatch(9, 300, 0.15, 0.6);

    /** One pass with it and without. */
    public record Pair(Row.Timing with, Row.Timing without) {

        double ratio() {
            return with.median() / without.median();
        }

        private List<String> cells() {
            return List.of(
                    Units.time(with.median()),
                    Units.percent(with.spread()),
                    Units.time(without.median()),
                    Units.percent(without.spread()),
                    Units.significant(ratio()));
        }

        private String text() {
            return String.format(Locale.ROOT, "%s ± %s, none %s ± %s (× %s)", cells().toArray());
        }
    }

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
            Tensors inputs = Tensors.random(shape, 1);
            AttentionResult own = with.newResult();
            AttentionResult plain = without.newResult();
            AttentionGradients gradients = with.newGradients();
            List<Row.Timing> times = times(List.of(
                    () -> forward(with, inputs, own),
                    () -> forward(without, inputs, plain),
                    () -> backward(with, inputs, own, gradients),
                    () -> backward(without, inputs, plain, gradients)));
            List<Object> captures = Lifter.lift(shown.function()).captures();
            return new Cost(
                    new Pair(times.get(0), times.get(1)),
                    new Pair(times.get(2), times.get(3)),
                    blocks == null ? 0 : bytes(blocks.lists()),
                    captures.stream().mapToLong(Cost::bytes).sum());
        }
    }

    private static List<Row.Timing> times(List<Runnable> calls) {
        calls.forEach(Runnable::run);
        return STOPWATCH.time(calls.stream().map(Entry::timed).toList()).stream()
                .map(timed -> Row.Timing.of(timed.samples(), timed.warmups(), 0, 0))
                .toList();
    }

    private static void forward(FlexAttention attention, Tensors inputs, AttentionResult into) {
        attention.forward(inputs.q(), inputs.k(), inputs.v(), into);
    }

    private static void backward(
            FlexAttention attention, Tensors inputs, AttentionResult result, AttentionGradients into) {
        attention.backward(inputs.q(), inputs.k(), inputs.v(), result, inputs.dOut(), null, into);
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
    public List<String> cells() {
        List<String> cells = new ArrayList<>(forward.cells());
        cells.addAll(backward.cells());
        cells.add(String.valueOf(listBytes));
        cells.add(String.valueOf(capturedBytes));
        return cells;
    }

    /** Adds the columns of {@link #cells}; ± is half the distance between the quartiles. */
    public static TextTable columns(TextTable table) {
        for (String pass : List.of("forward", "backward")) {
            table.right(pass).right("±").right("none").right("±").right("× none");
        }
        return table.right("lists B").right("captured B");
    }

    /** One line. */
    public String text(Device device) {
        String blocks = listBytes == 0 ? "" : " (blocks of " + BlockMask.DEFAULT_BLOCK + ")";
        return "on " + device.id() + blocks + ": forward " + forward.text() + ", backward " + backward.text()
                + "; block lists " + listBytes + " bytes, captured arrays " + capturedBytes + " bytes";
    }
}
