package muflex.experiments.peers.table;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.MaskMod;
import muflex.attention.MaskMods;
import muflex.engine.AttentionSpec;
import muflex.experiments.compare.ShapeText;
import muflex.experiments.compare.Variants;
import muflex.experiments.cost.Case;
import muflex.experiments.cost.Entry;
import muflex.paging.KvFormat;

/** Cases of {@code cpu}'s attention beside itself, or beside the memory. */
final class AttentionCases {

    private static final String CPU = "cpu";
    private static final AttentionShape MODS = new AttentionShape(1, 8, 8, 1024, 1024, 64, 64);
    private static final int COPIED = 1 << 25;
    private static final int LONGEST = 131_072;
    private static final int DOCUMENTS = 12;

    static final MaskMod WINDOW = MaskMods.slidingWindow(256);

    private AttentionCases() {}

    /** Dims and lengths that are no whole vectors or tiles, over their neighbour that is. */
    static Stream<Case> odd() {
        return Stream.of(
                        new int[] {1024, 24, 1024, 32},
                        new int[] {1024, 94, 1024, 96},
                        new int[] {1024, 121, 1024, 128},
                        new int[] {113, 64, 128, 64},
                        new int[] {1023, 64, 1024, 64})
                .map(sizes -> odd(square(sizes[0], sizes[1]), square(sizes[2], sizes[3])));
    }

    private static AttentionShape square(int length, int dim) {
        return new AttentionShape(1, 8, 8, length, length, dim, dim);
    }

    private static Case odd(AttentionShape shape, AttentionShape aligned) {
        Inputs odd = new Inputs(AttentionSpec.of(shape));
        Inputs even = new Inputs(AttentionSpec.of(aligned));
        List<Entry> entries = new ArrayList<>();
        for (Inputs inputs : List.of(even, odd)) {
            inputs.forward();
            AttentionShape of = inputs == odd ? shape : aligned;
            double flops = 4.0 * of.lseSize() * of.kvLength() * of.headDim();
            entries.add(new Entry(
                    CPU, ShapeText.of(of), flops, Entry.FLOP, inputs.checkedError(), Entry.timed(inputs::forward)));
        }
        return new Case("odd sizes", ShapeText.of(shape), entries, () -> {
            odd.close();
            even.close();
        });
    }

    /** Score mods over the causal mask alone. */
    static Stream<Case> mods() {
        return Stream.of(true, false).map(AttentionCases::mods);
    }

    private static Case mods(boolean forward) {
        List<Inputs> all = new ArrayList<>();
        List<Entry> entries = new ArrayList<>();
        for (String name : List.of("causal", "alibi", "softcap", "relative")) {
            Inputs inputs = new Inputs(Variants.byName(Variants.ALL, name).at(MODS, 1));
            all.add(inputs);
            inputs.forward();
            inputs.backward();
            entries.add(new Entry(
                    CPU, name, 1, Entry.CALL, null, Entry.timed(forward ? inputs::forward : inputs::backward)));
        }
        return new Case("mods", forward ? "forward" : "backward", entries, () -> all.forEach(Inputs::close));
    }

    /** Masks over no mask: work is counted in live blocks, so that 1 is a time in proportion to them. */
    static Stream<Case> blocks() {
        return Stream.of(blocks("window of 256", 4096, WINDOW), blocks("12 documents", 8192, packed(8192)));
    }

    /** Causal within each of unequal documents. */
    static MaskMod packed(int length) {
        int[] ids = new int[length];
        for (int i = 0; i < length; i++) {
            ids[i] = (int) (DOCUMENTS * Math.sqrt((double) i / length));
        }
        return MaskMods.document(ids).and(MaskMods.causal());
    }

    private static Case blocks(String name, int length, MaskMod mod) {
        AttentionShape shape = new AttentionShape(1, 8, 8, length, length, 64, 64);
        BlockMask mask = BlockMask.create(mod, 1, 1, length, length);
        Inputs all = new Inputs(AttentionSpec.of(shape));
        Inputs some = new Inputs(AttentionSpec.of(shape).withMask(mask));
        all.forward();
        some.forward();
        double live = 1 - mask.sparsity() / 100;
        return new Case(
                "live blocks",
                name + " at " + ShapeText.of(shape),
                List.of(
                        new Entry(CPU, "no mask", 1, Entry.CALL, all.checkedError(), Entry.timed(all::forward)),
                        new Entry(CPU, name, live, Entry.CALL, null, Entry.timed(some::forward))),
                () -> {
                    all.close();
                    some.close();
                });
    }

    /**
     * One new query a head on cached keys, in arrays of floats and in pages of fewer bits, over copying memory; bytes of the copy are those
     * read and those written.
     */
    static Stream<Case> decode() {
        return Stream.of(
                        "1x64:8x1:1024x128",
                        "1x64:8x1:8192x128",
                        "1x64:8x1:32768x128",
                        "1x8x1:8192x128",
                        "1x8x1:32768x128")
                .map(text -> decode(ShapeText.parse(text)));
    }

    private static Case decode(AttentionShape shape) {
        Inputs inputs = new Inputs(AttentionSpec.of(shape));
        inputs.forward();
        float[] from = new float[COPIED];
        float[] to = new float[COPIED];
        List<Entry> entries = new ArrayList<>();
        entries.add(new Entry("memory", "copy", 8.0 * COPIED, Entry.BYTE, null, Entry.timed(() -> copy(from, to))));
        entries.add(new Entry(
                CPU,
                ShapeText.of(shape),
                inputs.cacheBytes(),
                Entry.BYTE,
                inputs.checkedError(),
                Entry.timed(inputs::forward)));
        List<PagedInputs> pages = new ArrayList<>();
        for (KvFormat format : List.of(KvFormat.BFLOAT16, KvFormat.INT8)) {
            PagedInputs paged = inputs.paged(format);
            pages.add(paged);
            entries.add(new Entry(
                    CPU,
                    ShapeText.of(shape) + ", " + format.name().toLowerCase(Locale.ROOT),
                    paged.bytes(),
                    Entry.BYTE,
                    paged.checkedError(inputs.out()),
                    Entry.timed(paged::forward)));
        }
        return new Case("decode", ShapeText.of(shape), entries, () -> {
            inputs.close();
            pages.forEach(PagedInputs::close);
        });
    }

    /** On as many threads as there are cores. */
    private static void copy(float[] from, float[] to) {
        int parts = Runtime.getRuntime().availableProcessors();
        java.util.stream.IntStream.range(0, parts).parallel().forEach(part -> {
            int first = (int) ((long) COPIED * part / parts);
            int last = (int) ((long) COPIED * (part + 1) / parts);
            System.arraycopy(from, first, to, first, last - first);
        });
    }

    /** Making block masks; the name has what one allocates. */
    static Stream<Case> masks() {
        return Stream.of(
                mask("causal", MaskMods.causal()),
                mask("window of 4096", MaskMods.slidingWindow(4096)),
                mask("12 documents", packed(LONGEST)));
    }

    private static Case mask(String name, MaskMod mod) {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        BlockMask.create(mod, 1, 1, LONGEST, LONGEST);
        long before = threads.getCurrentThreadAllocatedBytes();
        BlockMask.create(mod, 1, 1, LONGEST, LONGEST);
        double allocated = (threads.getCurrentThreadAllocatedBytes() - before) / 1e6;
        String full = String.format(Locale.ROOT, "%s, %d²: %.1f MB", name, LONGEST, allocated);
        Runnable create = () -> BlockMask.create(mod, 1, 1, LONGEST, LONGEST);
        return new Case(
                "block masks", full, List.of(new Entry(CPU, full, 1, Entry.CALL, null, Entry.timed(create))), () -> {});
    }
}
