package muflex.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import muflex.AttentionResult;
import muflex.FlexAttention;
import muflex.PagedAttention;
import muflex.attention.AttentionShape;
import muflex.attention.MaskMod;
import muflex.attention.MaskMods;
import muflex.attention.ScoreMod;
import muflex.attention.ScoreMods;
import muflex.engine.Device;
import muflex.engine.Devices;
import muflex.paging.KvFormat;
import muflex.paging.PagedKvCache;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Attention over pages beside dense attention of each sequence alone, on every device that is here. */
class PagedAttentionTest {

    private static final int HEADS = 4;
    private static final int KV_HEADS = 2;
    private static final int DIM = 8;
    private static final int VALUE_DIM = 6;
    private static final int LAYERS = 2;

    /** A sequence in the cache, and its keys and values in a list of their own. */
    private static final class Text {
        private final int sequence;
        private final List<float[]> keys = new ArrayList<>();
        private final List<float[]> values = new ArrayList<>();

        private Text(int sequence) {
            this.sequence = sequence;
        }
    }

    private long seed = 100;
    private final PagedKvCache cache = cache(KvFormat.FLOAT);

    private static PagedKvCache cache(KvFormat format) {
        return new PagedKvCache(LAYERS, KV_HEADS, DIM, VALUE_DIM, 24, 5, format);
    }

    static Stream<String> devices() {
        return Devices.all().stream().map(Device::id);
    }

    private Text text(PagedKvCache in, int tokens) {
        Text text = new Text(in.table().create());
        append(in, text, tokens);
        return text;
    }

    private void append(PagedKvCache in, Text text, int tokens) {
        in.table().append(text.sequence, tokens);
        float[] k = Values.normal(KV_HEADS * tokens * DIM, seed++);
        float[] v = Values.normal(KV_HEADS * tokens * VALUE_DIM, seed++);
        int first = text.keys.size();
        in.write(1, text.sequence, first, tokens, k, v);
        for (int i = 0; i < tokens; i++) {
            text.keys.add(row(k, tokens, i, DIM));
            text.values.add(row(v, tokens, i, VALUE_DIM));
        }
    }

    /** Token i of all heads. */
    private static float[] row(float[] all, int tokens, int i, int dim) {
        float[] row = new float[KV_HEADS * dim];
        for (int h = 0; h < KV_HEADS; h++) {
            System.arraycopy(all, (h * tokens + i) * dim, row, h * dim, dim);
        }
        return row;
    }

    private static Text fork(PagedKvCache in, Text from, int tokens) {
        Text fork = new Text(in.table().fork(from.sequence, tokens));
        fork.keys.addAll(from.keys.subList(0, tokens));
        fork.values.addAll(from.values.subList(0, tokens));
        return fork;
    }

    private static float[] dense(List<float[]> rows, int dim) {
        float[] dense = new float[KV_HEADS * rows.size() * dim];
        for (int h = 0; h < KV_HEADS; h++) {
            for (int i = 0; i < rows.size(); i++) {
                System.arraycopy(rows.get(i), h * dim, dense, (h * rows.size() + i) * dim, dim);
            }
        }
        return dense;
    }

    /** What dense attention gives for {@code queries} last tokens of one text. */
    private static AttentionResult expected(
            Text text, int queries, float[] q, UnaryOperator<FlexAttention.Builder> options) {
        int keys = text.keys.size();
        AttentionShape shape = new AttentionShape(1, HEADS, KV_HEADS, queries, keys, DIM, VALUE_DIM);
        try (FlexAttention attention = options.apply(FlexAttention.builder(shape))
                .device(Devices.byId("reference"))
                .build()) {
            return attention.forward(q, dense(text.keys, DIM), dense(text.values, VALUE_DIM));
        }
    }

    private static void assertClose(float[] actual, int first, float[] expected, double tolerance) {
        for (int i = 0; i < expected.length; i++) {
            assertThat((double) actual[first + i]).as("element %d", i).isCloseTo(expected[i], within(tolerance));
        }
    }

    /** Decodes all texts in one call and compares each. */
    private static void decodes(PagedAttention decode, List<Text> texts, ScoreMod mod, MaskMod own, double tolerance) {
        float[] q = Values.normal(texts.size() * HEADS * DIM, 7);
        int[] sequences = texts.stream().mapToInt(text -> text.sequence).toArray();
        int[] ones = new int[texts.size()];
        Arrays.fill(ones, 1);
        AttentionResult all = decode.forward(1, sequences, ones, q);
        for (int s = 0; s < texts.size(); s++) {
            int last = texts.get(s).keys.size() - 1;
            float[] one = Arrays.copyOfRange(q, s * HEADS * DIM, (s + 1) * HEADS * DIM);
            AttentionResult alone = expected(
                    texts.get(s),
                    1,
                    one,
                    builder -> builder.scoreMod((score, b, h, query, kv) -> mod.apply(score, b, h, query + last, kv))
                            .mask((b, h, query, kv) -> own.test(b, h, query + last, kv)));
            assertClose(all.out(), s * HEADS * VALUE_DIM, alone.out(), tolerance);
            assertClose(all.lse(), s * HEADS, alone.lse(), tolerance);
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void raggedTextsGrowWithoutACompilation(String device) {
        Text erased = text(cache, 11);
        Text a = text(cache, 1);
        Text b = text(cache, 17);
        cache.table().erase(erased.sequence);
        Text c = fork(cache, b, 13); // in the middle of a page
        try (PagedAttention decode = PagedAttention.builder(cache, HEADS)
                .batch(4)
                .device(Devices.byId(device))
                .build()) {
            for (int step = 0; step < 7; step++) {
                append(cache, a, 1);
                append(cache, b, 1);
                append(cache, c, 1);
                decodes(decode, List.of(c, a, b), ScoreMods.identity(), MaskMods.all(), 1e-5);
            }
            decodes(decode, List.of(b), ScoreMods.identity(), MaskMods.all(), 1e-5);
        }
    }

    @ParameterizedTest
    @MethodSource("devices")
    void modsSeeLogicalPositionsAndPartsAreMerged(String device) {
        Text a = text(cache, 3);
        Text b = text(cache, 38);
        append(cache, a, 9);
        float[] relative = Values.normal(64, 9);
        ScoreMod mod = (score, batch, h, q, kv) -> score + relative[q - kv] - 0.1f * h;
        MaskMod window = MaskMods.slidingWindow(11);
        try (PagedAttention decode = PagedAttention.builder(cache, HEADS)
                .batch(2)
                .splits(3)
                .scoreMod(mod)
                .mask(window)
                .device(Devices.byId(device))
                .build()) {
            decodes(decode, List.of(a, b), mod, window, 1e-5);
            append(cache, a, 1);
            decodes(decode, List.of(b, a), mod, window, 1e-5);
        }
    }

    /** Old pages hold NaN, which would spoil every sum that they had a part in, even with weight 0. */
    @ParameterizedTest
    @MethodSource("devices")
    void pagesThatTheMaskForbidsAreNotRead(String device) {
        Text text = text(cache, 43);
        int old = 43 - 11 - (43 - 11) % cache.table().pageSize();
        float[] keys = new float[old * KV_HEADS * DIM];
        float[] values = new float[old * KV_HEADS * VALUE_DIM];
        Arrays.fill(keys, Float.NaN);
        Arrays.fill(values, Float.NaN);
        for (int layer = 0; layer < LAYERS; layer++) {
            cache.write(layer, text.sequence, 0, old, keys, values);
        }
        int[] window = {11, 8, 5, 3};
        MaskMod perHead = (b, h, q, kv) -> q - kv < window[h];
        try (PagedAttention decode = PagedAttention.builder(cache, HEADS)
                .batch(2)
                .splits(2)
                .mask(perHead)
                .device(Devices.byId(device))
                .build()) {
            decodes(decode, List.of(text, text(cache, 4)), ScoreMods.identity(), perHead, 1e-5);
        }
    }

    /** Masked places of a page that is read have weight 0, and 0 · NaN is NaN. */
    @ParameterizedTest
    @MethodSource("devices")
    void erasedTokensSpoilNobody(String device) {
        for (KvFormat format : KvFormat.values()) {
            PagedKvCache pages = new PagedKvCache(LAYERS, KV_HEADS, DIM, VALUE_DIM, 3, 5, format);
            try (PagedAttention decode = PagedAttention.builder(pages, HEADS)
                    .device(Devices.byId(device))
                    .build()) {
                for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
                    Text spoiled = text(pages, 15);
                    spoil(pages, spoiled, 15, bad);
                    pages.table().erase(spoiled.sequence);
                    // A page taken anew.
                    Text one = text(pages, 1);
                    decodes(decode, List.of(one), ScoreMods.identity(), MaskMods.all(), 0.03);
                    // Guesses that were refused.
                    append(pages, one, 3);
                    spoil(pages, one, 3, bad);
                    pages.table().truncate(one.sequence, 1);
                    one.keys.subList(1, 4).clear();
                    one.values.subList(1, 4).clear();
                    decodes(decode, List.of(one), ScoreMods.identity(), MaskMods.all(), 0.03);
                    // A copy on write: only the first two tokens were shared.
                    append(pages, one, 3);
                    spoil(pages, one, 2, bad);
                    Text fork = new Text(pages.table().fork(one.sequence, 2));
                    fork.keys.addAll(one.keys.subList(0, 2));
                    fork.values.addAll(one.values.subList(0, 2));
                    append(pages, fork, 1);
                    decodes(decode, List.of(fork), ScoreMods.identity(), MaskMods.all(), 0.03);
                    pages.table().erase(one.sequence);
                    pages.table().erase(fork.sequence);
                }
            }
        }
    }

    /** Overwrites the last tokens in the layer that is compared. */
    private static void spoil(PagedKvCache in, Text text, int tokens, float bad) {
        float[] k = new float[KV_HEADS * tokens * DIM];
        float[] v = new float[KV_HEADS * tokens * VALUE_DIM];
        Arrays.fill(k, bad);
        Arrays.fill(v, bad);
        in.write(1, text.sequence, text.keys.size() - tokens, tokens, k, v);
    }

    @ParameterizedTest
    @MethodSource("devices")
    void chunksArePrefilledAsTheWhole(String device) {
        int tokens = 23;
        int chunk = 7;
        float[] q = Values.normal(HEADS * tokens * DIM, 5);
        Text whole = text(cache, tokens);
        AttentionResult expected = expected(whole, tokens, q, builder -> builder.mask(MaskMods.causal()));
        Text again = new Text(cache.table().create());
        Text other = text(cache, 2);
        try (PagedAttention prefill = PagedAttention.builder(cache, HEADS)
                .batch(2)
                .queries(chunk)
                .device(Devices.byId(device))
                .build()) {
            for (int first = 0; first < tokens; first += chunk) {
                int count = Math.min(chunk, tokens - first);
                cache.table().append(again.sequence, count);
                cache.write(
                        1,
                        again.sequence,
                        first,
                        count,
                        dense(whole.keys.subList(first, first + count), DIM),
                        dense(whole.values.subList(first, first + count), VALUE_DIM));
                float[] part = new float[2 * HEADS * chunk * DIM];
                for (int h = 0; h < HEADS; h++) {
                    System.arraycopy(q, (h * tokens + first) * DIM, part, ((HEADS + h) * chunk) * DIM, count * DIM);
                }
                AttentionResult result =
                        prefill.forward(1, new int[] {other.sequence, again.sequence}, new int[] {1, count}, part);
                for (int h = 0; h < HEADS; h++) {
                    assertClose(
                            result.out(),
                            (HEADS + h) * chunk * VALUE_DIM,
                            Arrays.copyOfRange(
                                    expected.out(),
                                    (h * tokens + first) * VALUE_DIM,
                                    (h * tokens + first + count) * VALUE_DIM),
                            1e-5);
                }
            }
        }
    }

    /** Each node of a tree gives what its path alone gives. */
    @ParameterizedTest
    @MethodSource("devices")
    void treesAreVerifiedAsTheirPaths(String device) {
        int[] parents = {-1, 0, 0, 2, 1, 3};
        Text text = text(cache, 8);
        append(cache, text, parents.length);
        ScoreMod alibi = ScoreMods.alibi(HEADS);
        float[] q = Values.normal(HEADS * 7 * DIM, 6);
        try (PagedAttention verify = PagedAttention.builder(cache, HEADS)
                .queries(7)
                .scoreMod(alibi)
                .device(Devices.byId(device))
                .build()) {
            AttentionResult tree = verify.verify(1, new int[] {text.sequence}, new int[][] {parents}, q);
            for (int node = 0; node < parents.length; node++) {
                Text path = path(text, 8, parents, node);
                float[] own = new float[HEADS * DIM];
                for (int h = 0; h < HEADS; h++) {
                    System.arraycopy(q, (h * 7 + node) * DIM, own, h * DIM, DIM);
                }
                int last = path.keys.size() - 1;
                AttentionResult alone = expected(
                        path,
                        1,
                        own,
                        builder -> builder.scoreMod(
                                (score, b, h, query, kv) -> alibi.apply(score, b, h, query + last, kv)));
                for (int h = 0; h < HEADS; h++) {
                    assertClose(
                            tree.out(),
                            (h * 7 + node) * VALUE_DIM,
                            Arrays.copyOfRange(alone.out(), h * VALUE_DIM, (h + 1) * VALUE_DIM),
                            1e-5);
                }
            }
            assertThat(tree.lse()[6]).isEqualTo(Float.NEGATIVE_INFINITY);
        }
    }

    private static Text path(Text text, int prefix, int[] parents, int node) {
        List<Integer> nodes = new ArrayList<>();
        for (int at = node; at >= 0; at = parents[at]) {
            nodes.addFirst(prefix + at);
        }
        Text path = new Text(-1);
        path.keys.addAll(text.keys.subList(0, prefix));
        path.values.addAll(text.values.subList(0, prefix));
        nodes.forEach(at -> {
            path.keys.add(text.keys.get(at));
            path.values.add(text.values.get(at));
        });
        return path;
    }

    @ParameterizedTest
    @MethodSource("devices")
    void fewerBitsAreNearlyAsGood(String device) {
        for (KvFormat format : new KvFormat[] {KvFormat.BFLOAT16, KvFormat.INT8}) {
            PagedKvCache small = cache(format);
            Text a = text(small, 21);
            Text b = text(small, 4);
            try (PagedAttention decode = PagedAttention.builder(small, HEADS)
                    .batch(2)
                    .device(Devices.byId(device))
                    .build()) {
                // Keys and values of size 1 are off by 2^-9 of themselves, or by 3 / 254; attention averages.
                decodes(decode, List.of(a, b), ScoreMods.identity(), MaskMods.all(), 0.03);
            }
        }
        assertThat(cache(KvFormat.BFLOAT16).bytes() * 2).isEqualTo(cache.bytes());
        assertThat(cache(KvFormat.INT8).bytes()).isLessThan(cache.bytes() / 2);
    }

    @Test
    void copiesOnWriteKeepBoth() {
        PagedKvCache small = cache(KvFormat.INT8);
        Text a = text(small, 7);
        Text b = fork(small, a, 7);
        append(small, b, 1);
        append(small, a, 1);
        try (PagedAttention decode = PagedAttention.builder(small, HEADS)
                .batch(2)
                .device(Devices.byId("loops"))
                .build()) {
            decodes(decode, List.of(a, b), ScoreMods.identity(), MaskMods.all(), 0.03);
        }
    }

    @Test
    void aScaleOfZeroIsNoDefault() {
        Text text = text(cache, 3);
        try (PagedAttention attention = PagedAttention.builder(cache, HEADS)
                .device(Devices.byId("loops"))
                .scale(0)
                .build()) {
            float[] q = Values.normal(HEADS * DIM, 7);
            AttentionResult result = attention.forward(0, new int[] {text.sequence}, new int[] {1}, q);
            assertThat(result.lse()[0]).isCloseTo((float) Math.log(3), within(1e-6f));
        }
    }
}
