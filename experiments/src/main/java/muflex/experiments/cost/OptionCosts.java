package muflex.experiments.cost;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import muflex.FlexAttention;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.MaskMods;
import muflex.attention.ScoreMod;
import muflex.attention.ScoreMods;
import muflex.attention.Weights;
import muflex.engine.Device;
import muflex.engine.Devices;
import muflex.experiments.compare.Tensors;

/** Options of attention, and attention that is no softmax, beside plain causal attention: both passes. */
final class OptionCosts {

    private static final int FURTHEST = 256;
    private static final float DROPPED = 0.1f;

    private final AttentionShape shape;
    private final Device device;
    private final Tensors inputs;
    private final UnaryOperator<FlexAttention.Builder> causal;

    private record Kind(String name, Function<Device, Subject> make) {}

    OptionCosts(AttentionShape shape, Device device) {
        this.shape = shape;
        this.device = device;
        inputs = Tensors.random(shape, 1);
        BlockMask mask = BlockMask.create(MaskMods.causal(), 1, 1, shape.queryLength(), shape.kvLength());
        causal = builder -> builder.blockMask(mask);
    }

    Stream<Case> cases() {
        return Stream.of(false, true).map(this::measured);
    }

    private List<Kind> kinds() {
        Random random = new Random(2);
        float[] sinks = Tensors.normal(random, shape.queryHeads());
        float[] table = Tensors.normal(random, 2 * FURTHEST + 1);
        float keys = shape.kvLength();
        ScoreMod relative = ScoreMods.relativeBias(table, FURTHEST);
        return List.of(
                flex("causal", builder -> builder),
                flex("sinks, learned", builder -> builder.sinks(sinks).learnable(sinks)),
                flex("dropout of 0.1", builder -> builder.dropout(DROPPED, 1)),
                flex("relative bias", builder -> builder.scoreMod(relative)),
                flex(
                        "relative bias, learned",
                        builder -> builder.scoreMod(relative).learnable(table)),
                unnormalized("sigmoid", ScoreMods.sigmoid((float) -Math.log(keys)), 1),
                unnormalized("ReLU / keys", ScoreMods.relu(), 1 / keys),
                flex("stick-breaking", builder -> builder.weights(Weights.STICK_BREAKING)));
    }

    private Kind flex(String name, UnaryOperator<FlexAttention.Builder> option) {
        return new Kind(name, on -> Subject.of(shape, on, builder -> option.apply(causal.apply(builder)), inputs));
    }

    private Kind unnormalized(String name, ScoreMod f, float factor) {
        return new Kind(name, on -> Subject.unnormalized(shape, on, causal, f, factor, inputs));
    }

    private Case measured(boolean backward) {
        List<Entry> entries = new ArrayList<>();
        List<Subject> subjects = new ArrayList<>();
        for (Kind kind : kinds()) {
            List<float[]> right;
            try (Subject reference = kind.make.apply(Devices.byId("reference"))) {
                reference.run(backward);
                right = reference.answers();
            }
            long held = Subject.held(() -> kind.make.apply(device), backward);
            Subject subject = kind.make.apply(device);
            subjects.add(subject);
            subject.run(backward);
            double error = Agreement.check(kind.name, Agreement.SINGLE, right, subject.answers());
            Runnable call = backward ? subject::backward : subject::forward;
            entries.add(new Entry(device.id(), kind.name, 1, Entry.CALL, error, held, Entry.timed(call)));
        }
        return new Case("options", backward ? "backward" : "forward", entries, () -> subjects.forEach(Subject::close));
    }
}
