package muflex.experiments.cost;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.MaskMods;
import muflex.engine.Device;
import muflex.experiments.compare.Tensors;
import org.jspecify.annotations.Nullable;

/** Sequences of several lengths, causal: padded to the longest as a batch, and packed by cumulative lengths. */
final class PackedCosts {

    private static final int DIM = PagedCase.DIM;

    /** Lengths, in parts of the longest: they add up to about half of the padded batch. */
    private static final double[] SHARES = {1, 0.12, 0.3, 0.6, 0.07, 0.88, 0.5, 0.55};

    private final int heads;
    private final int longest;
    private final int[] lengths;
    private final int total;
    private final Device device;
    private final Tensors packed;

    PackedCosts(int heads, int longest, Device device) {
        this.heads = heads;
        this.longest = longest;
        this.device = device;
        lengths = Arrays.stream(SHARES)
                .mapToInt(share -> (int) Math.ceil(share * longest))
                .toArray();
        total = Arrays.stream(lengths).sum();
        packed = Tensors.random(AttentionShape.of(1, heads, total, DIM), 1);
    }

    Stream<Case> cases() {
        return Stream.of(false, true).map(this::measured);
    }

    private Case measured(boolean backward) {
        AttentionShape batch = AttentionShape.of(lengths.length, heads, longest, DIM);
        Tensors padded = new Tensors(padded(packed.q()), padded(packed.k()), padded(packed.v()), padded(packed.dOut()));
        BlockMask blind = BlockMask.create(MaskMods.causal(), 1, 1, longest, longest);
        BlockMask known =
                BlockMask.create(MaskMods.causal().and(MaskMods.padding(lengths)), lengths.length, 1, longest, longest);
        int[] cumulative = new int[lengths.length + 1];
        for (int i = 0; i < lengths.length; i++) {
            cumulative[i + 1] = cumulative[i] + lengths[i];
        }
        BlockMask own = BlockMask.create(MaskMods.packed(cumulative, MaskMods.causal()), 1, 1, total, total);
        Supplier<Subject> blindOf = () -> Subject.of(batch, device, builder -> builder.blockMask(blind), padded);
        long plain = Subject.held(blindOf, backward);
        Subject first = blindOf.get();
        Entry firstEntry = entry("padded", first, backward, plain, null);
        Supplier<Subject> knownOf = () -> Subject.of(batch, device, builder -> builder.blockMask(known), padded);
        long masked = Subject.held(knownOf, backward);
        Subject second = knownOf.get();
        Entry secondEntry = entry("padded, its keys masked", second, backward, masked, null);
        Supplier<Subject> ownOf = () ->
                Subject.of(AttentionShape.of(1, heads, total, DIM), device, builder -> builder.blockMask(own), packed);
        long dense = Subject.held(ownOf, backward);
        Subject third = ownOf.get();
        third.run(backward);
        // Causal: a row past the end is the only one that sees one, and its upstream gradient is 0. So the padded batch
        // has the right answers in its other rows, and the right gradients.
        first.run(backward);
        double error = Agreement.check(
                "packed",
                Agreement.SINGLE,
                withoutLse(first).stream().map(this::unpadded).toList(),
                withoutLse(third));
        Entry thirdEntry = entry("packed", third, backward, dense, error);
        String name = lengths.length + " sequences of " + total + " tokens, the longest " + longest + ", "
                + (backward ? "backward" : "forward");
        return new Case("packed", name, List.of(firstEntry, secondEntry, thirdEntry), () -> {
            first.close();
            second.close();
            third.close();
        });
    }

    /** Out, and the gradients of q, k and v if backward was called. */
    private static List<float[]> withoutLse(Subject subject) {
        List<float[]> answers = new ArrayList<>(subject.answers());
        answers.remove(1);
        return answers;
    }

    private Entry entry(String name, Subject subject, boolean backward, long held, @Nullable Double error) {
        subject.forward();
        Runnable call = backward ? subject::backward : subject::forward;
        call.run();
        return new Entry(device.id(), name, total, Entry.TOKEN, error, held, Entry.timed(call));
    }

    /** {@code [heads, total, dim]} to {@code [batch, heads, longest, dim]}, 0 past a sequence's end. */
    private float[] padded(float[] from) {
        float[] to = new float[lengths.length * heads * longest * DIM];
        copy(from, to, true);
        return to;
    }

    private float[] unpadded(float[] from) {
        float[] to = new float[heads * total * DIM];
        copy(from, to, false);
        return to;
    }

    private void copy(float[] from, float[] to, boolean pads) {
        int start = 0;
        for (int b = 0; b < lengths.length; b++) {
            for (int h = 0; h < heads; h++) {
                int dense = (h * total + start) * DIM;
                int padded = (b * heads + h) * longest * DIM;
                System.arraycopy(from, pads ? dense : padded, to, pads ? padded : dense, lengths[b] * DIM);
            }
            start += lengths[b];
        }
    }
}
