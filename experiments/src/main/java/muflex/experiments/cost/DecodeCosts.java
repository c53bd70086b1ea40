package muflex.experiments.cost;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.stream.Stream;
import muflex.attention.AttentionShape;
import muflex.engine.Device;
import muflex.experiments.compare.Tensors;
import muflex.paging.KvFormat;
import muflex.paging.PagedKvCache;

/** One new token a sequence, its keys and values in pages of each format, and parts of them, beside one array of floats. */
final class DecodeCosts {

    private static final int DIM = PagedCase.DIM;
    private static final int SPLITS = 4;
    private static final int BATCH = 8;

    private final int heads;
    private final int length;
    private final Device device;

    DecodeCosts(int heads, int length, Device device) {
        this.heads = heads;
        this.length = length;
        this.device = device;
    }

    Stream<Case> cases() {
        return Stream.<Supplier<Case>>of(() -> decode(1, 4 * length), () -> decode(BATCH, length), this::write)
                .map(Supplier::get);
    }

    /** What a format rounds, relative to what it keeps. */
    private static double limit(KvFormat format) {
        return switch (format) {
            case FLOAT -> Agreement.SINGLE;
            case BFLOAT16 -> 1.0 / (1 << 8);
            case INT8 -> 2.0 / 127;
        };
    }

    private static String name(KvFormat format) {
        return format.name().toLowerCase(Locale.ROOT);
    }

    private Case decode(int batch, int keys) {
        AttentionShape shape = new AttentionShape(batch, heads, heads, 1, keys, DIM, DIM);
        Tensors inputs = Tensors.random(shape, 1);
        List<Entry> entries = new ArrayList<>();
        Supplier<Subject> denseOf = () -> Subject.of(shape, device, builder -> builder, PagedCase.withOwnCache(inputs));
        long plain = Subject.held(denseOf, false);
        Subject dense = denseOf.get();
        dense.forward();
        entries.add(new Entry(device.id(), "arrays", batch, Entry.TOKEN, null, plain, Entry.timed(dense::forward)));
        List<PagedCase> paged = new ArrayList<>();
        for (KvFormat format : KvFormat.values()) {
            for (int splits : new int[] {1, SPLITS}) {
                Supplier<PagedCase> make =
                        () -> new PagedCase(shape, inputs, format, splits, PagedCase.chain(1), device);
                long held = PagedCase.held(make);
                PagedCase one = make.get();
                paged.add(one);
                String name = "pages of " + name(format) + (splits == 1 ? "" : ", " + splits + " splits");
                double error = Agreement.check(
                        name,
                        limit(format),
                        dense.answers().subList(0, 1),
                        List.of(one.forward().out()));
                entries.add(new Entry(device.id(), name, batch, Entry.TOKEN, error, held, Entry.timed(one::forward)));
            }
        }
        return new Case("decode", batch + " × " + keys + " keys", entries, () -> {
            dense.close();
            paged.forEach(PagedCase::close);
        });
    }

    /** A token appended and its keys and values written, in one layer; taken back after it. */
    private Case write() {
        List<Entry> entries = new ArrayList<>();
        float[] token = Tensors.normal(new java.util.Random(1), heads * DIM);
        for (KvFormat format : KvFormat.values()) {
            PagedKvCache cache = new PagedKvCache(1, heads, DIM, DIM, 16, 64, format);
            int sequence = cache.table().create();
            Runnable step = () -> {
                cache.table().append(sequence, 1);
                cache.write(0, sequence, cache.table().length(sequence) - 1, 1, token, token);
                if (cache.table().length(sequence) == 1024) {
                    cache.table().truncate(sequence, 0);
                }
            };
            step.run();
            entries.add(new Entry(
                    device.id(), "written as " + name(format), 1, Entry.TOKEN, null, cache.bytes(), Entry.timed(step)));
        }
        return new Case("decode", "append and write", entries, () -> {});
    }
}
