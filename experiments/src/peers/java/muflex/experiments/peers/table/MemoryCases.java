package muflex.experiments.peers.table;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.MaskMods;
import muflex.engine.Devices;
import muflex.experiments.compare.ShapeText;
import muflex.experiments.compare.Tensors;
import muflex.experiments.cost.Case;
import muflex.experiments.cost.Entry;
import muflex.experiments.cost.Subject;

/**
 * The Java heap that one head takes beside its inputs, at growing lengths. Under a window, so that it takes seconds: no array's
 * size depends on the mask, whose own blocks are counted too.
 */
final class MemoryCases {

    private static final int WINDOW = 4096;
    private static final int DIM = 64;

    private MemoryCases() {}

    static Stream<Case> all() {
        return Stream.of(false, true).map(MemoryCases::measured);
    }

    private static Case measured(boolean backward) {
        List<Entry> entries = new ArrayList<>();
        List<Subject> subjects = new ArrayList<>();
        for (int length : new int[] {16_384, 32_768, 65_536}) {
            AttentionShape shape = new AttentionShape(1, 1, 1, length, length, DIM, DIM);
            Tensors inputs = Tensors.random(shape, 1);
            long held = Subject.held(() -> subject(shape, inputs), backward);
            Subject subject = subject(shape, inputs);
            subjects.add(subject);
            subject.run(backward);
            entries.add(new Entry(
                    "cpu",
                    (backward ? "backward, " : "forward, ") + ShapeText.of(shape),
                    length,
                    Entry.CALL,
                    null,
                    held,
                    Entry.timed(backward ? subject::backward : subject::forward)));
        }
        return new Case("memory", backward ? "backward" : "forward", entries, () -> subjects.forEach(Subject::close));
    }

    private static Subject subject(AttentionShape shape, Tensors inputs) {
        int length = shape.kvLength();
        return Subject.of(
                shape,
                Devices.byId("cpu"),
                builder -> builder.blockMask(BlockMask.create(MaskMods.slidingWindow(WINDOW), 1, 1, length, length)),
                inputs);
    }
}
