package muflex.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import muflex.PagedAttention;
import muflex.engine.Devices;
import muflex.paging.KvFormat;
import muflex.paging.PagedKvCache;
import org.junit.jupiter.api.Test;

/** What paged caches and attention over them refuse, and that nothing is changed then. */
class PagedRefusalsTest {

    private static final int HEADS = 4;
    private static final int KV_HEADS = 2;
    private static final int DIM = 8;
    private static final int VALUE_DIM = 6;

    private final PagedKvCache cache = new PagedKvCache(2, KV_HEADS, DIM, VALUE_DIM, 24, 5, KvFormat.FLOAT);

    private int sequence(int tokens) {
        int sequence = cache.table().create();
        cache.table().append(sequence, tokens);
        return sequence;
    }

    @Test
    void whatIsTooLargeIsRefusedInOneLine() {
        assertThatThrownBy(() -> new PagedKvCache(1, 8, 128, 128, 200_000, 16, KvFormat.FLOAT))
                .hasMessage("pages: expected at most 2147483639 numbers in a layer's [kvHeads 8, pages 200000 ·"
                        + " pageSize 16, dim 128], got 3276800000; take fewer pages");
        PagedAttention.Builder builder =
                PagedAttention.builder(cache, HEADS).queries(1 << 20).batch(1 << 11);
        assertThatThrownBy(builder::build)
                .hasMessage("batch: expected at most 2147483639 numbers in [batch, splits, queries, queryHeads, dim]"
                        + " [2048, 1, 1048576, 4, 8], got 68719476736; take fewer at once");
    }

    @Test
    void aRefusedWriteStoresNothing() {
        int a = sequence(7); // a page of five, which the fork shares, and two
        cache.table().fork(a, 5);
        float[] before = cache.keys(1).clone();
        assertThatThrownBy(() -> cache.write(
                        1, a, 4, 3, Values.normal(KV_HEADS * 3 * DIM, 1), Values.normal(KV_HEADS * 3 * VALUE_DIM, 2)))
                .hasMessageStartingWith("position: expected one of a page that sequence " + a + " has alone");
        assertThat(cache.keys(1)).isEqualTo(before);
        assertThatThrownBy(() -> cache.write(1, a, 5, 0, new float[0], new float[0]))
                .hasMessage("tokens: expected a positive number, got 0; pass at least 1");
        assertThatThrownBy(() -> cache.write(5, a, 5, 1, new float[0], new float[0]))
                .hasMessage("layer: expected 0 to 1, got 5; pass a number in that range");
    }

    @Test
    void aPageThatIsNoneIsNotDecoded() {
        PagedKvCache small = new PagedKvCache(2, KV_HEADS, DIM, VALUE_DIM, 3, 5, KvFormat.INT8);
        float[] k = new float[KV_HEADS * 15 * DIM];
        float[] v = new float[KV_HEADS * 15 * VALUE_DIM];
        assertThatThrownBy(() -> small.decode(0, 3, k, v))
                .hasMessage("page: expected 0 to 2, got 3; pages(sequence) of the table names a sequence's");
        assertThatThrownBy(() -> small.decode(0, 2, k, k))
                .hasMessageStartingWith(
                        "v: expected " + v.length + " floats [kvHeads, pages · pageSize, valueDim], got ");
        small.decode(0, 2, k, v);
    }

    @Test
    void badInputIsRefused() {
        int a = sequence(6);
        int fork = cache.table().fork(a, 6);
        assertThatThrownBy(() -> cache.write(1, fork, 2, 1, new float[KV_HEADS * DIM], new float[KV_HEADS * VALUE_DIM]))
                .hasMessage("position: expected one of a page that sequence " + fork
                        + " has alone, got 2, which others share; write what was appended since fork");
        try (PagedAttention decode = PagedAttention.builder(cache, HEADS)
                .device(Devices.byId("loops"))
                .build()) {
            float[] q = new float[HEADS * DIM];
            assertThatThrownBy(() -> decode.forward(2, new int[] {a}, new int[] {1}, q))
                    .hasMessage("layer: expected 0 to 1, got 2; pass a number in that range");
            assertThatThrownBy(() -> decode.forward(0, new int[] {a}, new int[] {2}, q))
                    .hasMessage("counts[0]: expected 1 to 1, got 2; pass a number in that range");
            assertThatThrownBy(() -> decode.forward(0, new int[] {99}, new int[] {1}, q))
                    .hasMessage("sequence: expected one in use, got 99, which was never made;"
                            + " use the number that create or fork gave");
            assertThatThrownBy(() -> decode.forward(0, new int[] {a}, new int[] {1}, new float[3]))
                    .hasMessage("q: expected 32 floats [sequences 1, queryHeads 4, queries 1, headDim 8], got 3;"
                            + " pass a row-major array of that size");
        }
    }
}
