package muflex.experiments.cost;

import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import muflex.AttentionResult;
import muflex.FlexAttention;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.MaskMod;
import muflex.attention.MaskMods;
import muflex.engine.Device;
import muflex.engine.Devices;
import muflex.experiments.RunFailed;
import muflex.experiments.compare.Tensors;

/** What comes beside the outputs, and masks that are used for more than one length. */
final class MaskCosts {

    /** Lengths of a mask that is made once, over the shape's. */
    private static final int LONG = 8;

    /** Keys that a cache has room for, over the shape's. */
    private static final int ROOM = 4;

    private final AttentionShape shape;
    private final Device device;
    private final Tensors inputs;

    MaskCosts(AttentionShape shape, Device device) {
        this.shape = shape;
        this.device = device;
        inputs = Tensors.random(shape, 1);
    }

    Stream<Case> cases() {
        return Stream.<Supplier<Case>>of(this::results, this::lengths, this::growing)
                .map(Supplier::get);
    }

    /** The largest scores, and two halves of the keys merged. */
    private Case results() {
        int window = Math.max(1, shape.kvLength() / 4);
        MaskMod near = MaskMods.slidingWindow(window);
        Supplier<Subject> causalOf =
                () -> Subject.of(shape, device, builder -> builder.mask(MaskMods.causal()), inputs);
        long plain = Subject.held(causalOf, false);
        Subject causal = causalOf.get();
        causal.forward();
        Entry first =
                new Entry(device.id(), "causal forward", 1, Entry.CALL, null, plain, Entry.timed(causal::forward));
        Supplier<Subject> insideOf = () -> Subject.of(shape, device, builder -> builder.mask(near), inputs);
        Supplier<Subject> outsideOf = () -> Subject.of(
                shape, device, builder -> builder.mask(MaskMods.causal().and(near.negate())), inputs);
        long held = Subject.held(insideOf, false) + Subject.held(outsideOf, false);
        Subject inside = insideOf.get();
        Subject outside = outsideOf.get();
        inside.forward();
        outside.forward();
        double error = Agreement.check("merge", Agreement.SINGLE, causal.answers(), of(merged(inside, outside)));
        Runnable both = () -> {
            inside.forward();
            outside.forward();
            merged(inside, outside);
        };
        Entry parts = new Entry(device.id(), "window, the rest, merged", 1, Entry.CALL, error, held, Entry.timed(both));
        Runnable merge = () -> merged(inside, outside);
        Entry merging = new Entry(device.id(), "merge alone", 1, Entry.CALL, error, 0L, Entry.timed(merge));
        Supplier<FlexAttention> scoresOf = () -> FlexAttention.builder(shape)
                .mask(MaskMods.causal())
                .device(device)
                .build();
        long alone = Footprint.of(() -> {
            FlexAttention one = scoresOf.get();
            one.maxScores(inputs.q(), inputs.k());
            return one::close;
        });
        FlexAttention attention = scoresOf.get();
        Runnable scores = () -> attention.maxScores(inputs.q(), inputs.k());
        Entry largest =
                new Entry(device.id(), "maxScores", 1, Entry.CALL, scoreError(attention), alone, Entry.timed(scores));
        return new Case("results", "forward", List.of(first, largest, merging, parts), () -> {
            causal.close();
            inside.close();
            outside.close();
            attention.close();
        });
    }

    private double scoreError(FlexAttention attention) {
        try (FlexAttention reference = FlexAttention.builder(shape)
                .mask(MaskMods.causal())
                .device(Devices.byId("reference"))
                .build()) {
            float[] right = reference.maxScores(inputs.q(), inputs.k());
            return Agreement.check(
                    "maxScores",
                    Agreement.SINGLE,
                    List.of(right),
                    List.of(attention.maxScores(inputs.q(), inputs.k())));
        }
    }

    private static AttentionResult merged(Subject one, Subject other) {
        AttentionResult mine = one.result;
        AttentionResult theirs = other.result;
        if (mine == null || theirs == null) {
            throw new IllegalStateException("merging comes after forward");
        }
        return mine.merge(theirs);
    }

    private static List<float[]> of(AttentionResult result) {
        return List.of(result.out(), result.lse());
    }

    /** A mask made for the longest sequence, for another length. */
    private Case lengths() {
        int longest = LONG * shape.kvLength();
        int length = longest * 5 / 8 + 1;
        BlockMask mask = BlockMask.create(MaskMods.causal(), 1, 1, longest, longest);
        long held = Footprint.of(() -> {
            BlockMask other = mask.adjust(length, length);
            return other::sparsity;
        });
        Runnable create = () -> BlockMask.create(MaskMods.causal(), 1, 1, length, length);
        Runnable adjust = () -> mask.adjust(length, length);
        BlockMask made = BlockMask.create(MaskMods.causal(), 1, 1, length, length);
        if (!Arrays.deepEquals(made.toDense(), mask.adjust(length, length).toDense())) {
            throw new RunFailed(
                    "adjust: expected the blocks of a mask made for " + length + ", got others; nothing is timed");
        }
        return new Case(
                "masks",
                "causal, made for " + longest + ", used for " + length,
                List.of(
                        new Entry(device.id(), "BlockMask.create", 1, Entry.CALL, null, Entry.timed(create)),
                        new Entry(device.id(), "adjust", 1, Entry.CALL, null, held, Entry.timed(adjust))),
                () -> {});
    }

    /** One query on a cache that grows: block lists replaced, beside operations of just that many keys. */
    private Case growing() {
        int keys = shape.kvLength() - 24;
        int room = ROOM * shape.kvLength();
        AttentionShape exact = new AttentionShape(1, shape.queryHeads(), shape.kvHeads(), 1, keys, 64, 64);
        AttentionShape large = new AttentionShape(1, shape.queryHeads(), shape.kvHeads(), 1, room, 64, 64);
        Tensors cache = Tensors.random(large, 2);
        Tensors begun = new Tensors(
                cache.q(),
                begin(cache.k(), shape.kvHeads(), room, keys),
                begin(cache.v(), shape.kvHeads(), room, keys),
                cache.dOut());
        Supplier<Subject> fixedOf = () -> Subject.of(exact, device, builder -> builder, begun);
        long plain = Subject.held(fixedOf, false);
        Subject fixed = fixedOf.get();
        fixed.forward();
        Entry first =
                new Entry(device.id(), "built for its keys", 1, Entry.CALL, null, plain, Entry.timed(fixed::forward));
        Runnable anew = () -> {
            try (Subject built = fixedOf.get()) {
                built.forward();
            }
        };
        int[] length = {keys};
        BlockMask mask =
                BlockMask.create((b, h, q, kv) -> kv < length[0], 1, 1, 1, room).changing();
        Supplier<Subject> changingOf = () -> Subject.of(large, device, builder -> builder.blockMask(mask), cache);
        long held = Subject.held(changingOf, false);
        FlexAttention attention =
                FlexAttention.builder(large).blockMask(mask).device(device).build();
        AttentionResult result = attention.newResult();
        Runnable replace = () -> attention.replaceMask(lists(mask, length[0]));
        Runnable step = () -> {
            replace.run();
            attention.forward(cache.q(), cache.k(), cache.v(), result);
        };
        step.run();
        double error = Agreement.check("replaceMask", Agreement.SINGLE, fixed.answers(), of(result));
        return new Case(
                "growing cache",
                "a query on " + keys + " keys, room for " + room,
                List.of(
                        first,
                        new Entry(device.id(), "replaceMask, then it", 1, Entry.CALL, error, held, Entry.timed(step)),
                        new Entry(device.id(), "replaceMask alone", 1, Entry.CALL, null, Entry.timed(replace)),
                        new Entry(device.id(), "built anew, then it", 1, Entry.CALL, null, Entry.timed(anew))),
                () -> {
                    fixed.close();
                    attention.close();
                });
    }

    private static BlockMask lists(BlockMask mask, int keys) {
        int whole = keys / mask.kvBlock();
        int[] full = new int[whole];
        Arrays.setAll(full, block -> block);
        int[] partial = keys % mask.kvBlock() == 0 ? new int[0] : new int[] {whole};
        return mask.withKvBlocks(new int[][][][] {{{partial}}}, new int[][][][] {{{full}}});
    }

    /** The first rows of each head. */
    private static float[] begin(float[] all, int heads, int rows, int kept) {
        int dim = all.length / heads / rows;
        float[] some = new float[heads * kept * dim];
        for (int head = 0; head < heads; head++) {
            System.arraycopy(all, head * rows * dim, some, head * kept * dim, kept * dim);
        }
        return some;
    }
}
