package muflex.experiments.cost;

import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import muflex.attention.AttentionShape;
import muflex.attention.MaskMods;
import muflex.engine.Device;
import muflex.experiments.compare.Tensors;
import muflex.paging.KvFormat;

/** Several new tokens of a sequence in pages: a chunk of a prompt, and a tree of guessed tokens. */
final class PrefillCosts {

    private static final int DIM = PagedCase.DIM;
    private static final int CHUNK = 128;

    /** A trunk of four, and three branches of four from its end. */
    private static final int[] TREE = {-1, 0, 1, 2, 3, 4, 5, 6, 3, 8, 9, 10, 3, 12, 13, 14};

    private final int heads;
    private final int keys;
    private final Device device;

    PrefillCosts(int heads, int length, Device device) {
        this.heads = heads;
        keys = 4 * length;
        this.device = device;
    }

    Stream<Case> cases() {
        return Stream.<Supplier<Case>>of(this::chunk, this::tree).map(Supplier::get);
    }

    private Case chunk() {
        AttentionShape shape = new AttentionShape(1, heads, heads, CHUNK, keys, DIM, DIM);
        Tensors inputs = Tensors.random(shape, 1);
        return measured(
                CHUNK + " tokens at the end of " + keys,
                "arrays",
                "pages",
                () -> Subject.of(
                        shape,
                        device,
                        builder -> builder.mask(MaskMods.causal(keys - CHUNK)),
                        PagedCase.withOwnCache(inputs)),
                () -> new PagedCase(shape, inputs, KvFormat.FLOAT, 1, PagedCase.chain(CHUNK), device),
                CHUNK);
    }

    /** Beside attention with the mask of the tree in one array. */
    private Case tree() {
        int prefix = keys - TREE.length;
        AttentionShape shape = new AttentionShape(1, heads, heads, TREE.length, keys, DIM, DIM);
        Tensors inputs = Tensors.random(shape, 1);
        return measured(
                "a tree of " + TREE.length + " tokens behind " + prefix,
                "arrays, its mask",
                "pages, verify",
                () -> Subject.of(
                        shape,
                        device,
                        builder -> builder.mask(MaskMods.tree(prefix, TREE)),
                        PagedCase.withOwnCache(inputs)),
                () -> new PagedCase(shape, inputs, KvFormat.FLOAT, 1, TREE, device),
                TREE.length);
    }

    private Case measured(
            String name, String first, String second, Supplier<Subject> plain, Supplier<PagedCase> pages, int tokens) {
        long held = Subject.held(plain, false);
        Subject dense = plain.get();
        dense.forward();
        Entry one = new Entry(device.id(), first, tokens, Entry.TOKEN, null, held, Entry.timed(dense::forward));
        long other = PagedCase.held(pages);
        PagedCase paged = pages.get();
        double error = Agreement.check(
                name,
                Agreement.SINGLE,
                dense.answers().subList(0, 1),
                List.of(paged.forward().out()));
        Entry two = new Entry(device.id(), second, tokens, Entry.TOKEN, error, other, Entry.timed(paged::forward));
        return new Case("several tokens", name, List.of(one, two), () -> {
            dense.close();
            paged.close();
        });
    }
}
