package muflex.attention;

/**
 * Ready-made masks. Each is an ordinary {@link MaskMod} lambda: combine them with {@code and}, {@code or} and
 * {@code negate}, or read one as a pattern for your own. Positions are of query {@code q} and key {@code kv}.
 */
public final class MaskMods {

    private MaskMods() {}

    /**
     * Every key: {@code true}. Vaswani et al. 2017, encoder self-attention.
     *
     * <pre>{@code BlockMask.create(MaskMods.all(), 1, 1, 512, 512)}</pre>
     */
    public static MaskMod all() {
        return (b, h, q, kv) -> true;
    }

    /**
     * This key and earlier ones: {@code kv ≤ q}. Vaswani et al. 2017, section 3.2.3.
     *
     * <pre>{@code FlexAttention.builder(shape).mask(MaskMods.causal())}</pre>
     */
    public static MaskMod causal() {
        return (b, h, q, kv) -> kv <= q;
    }

    /**
     * Causal for queries that begin at key position {@code offset}: {@code kv ≤ q + offset}. With {@code offset = kvLength
     * − queryLength} the last query sees every key, as in chunked prefill and decoding with a cache.
     *
     * <pre>{@code MaskMods.causal(kvLength - queryLength)}</pre>
     */
    public static MaskMod causal(int offset) {
        return (b, h, q, kv) -> kv <= q + offset;
    }

    /**
     * Itself and the {@code window − 1} keys before: {@code 0 ≤ q − kv < window}. Mistral 7B, Jiang et al. 2023
     * (arXiv:2310.06825), section 2.
     *
     * <pre>{@code MaskMods.slidingWindow(4096)}</pre>
     */
    public static MaskMod slidingWindow(int window) {
        Check.atLeast("window", 1, window);
        return (b, h, q, kv) -> kv <= q && q - kv < window;
    }

    /**
     * Keys from {@code before} positions back to {@code after} ahead: {@code −after ≤ q − kv ≤ before}. Longformer's
     * local attention, Beltagy et al. 2020 (arXiv:2004.05150), section 3.1, is {@code local(w / 2, w / 2)}.
     *
     * <pre>{@code MaskMods.local(256, 256)}</pre>
     */
    public static MaskMod local(int before, int after) {
        Check.atLeast("before", 0, before);
        Check.atLeast("after", 0, after);
        return (b, h, q, kv) -> q - kv <= before && kv - q <= after;
    }

    /**
     * Every query sees the prefix, and after it attention is causal: {@code kv < prefix ∨ kv ≤ q}. Raffel et al. 2020
     * (T5, arXiv:1910.10683), "causal with prefix".
     *
     * <pre>{@code MaskMods.prefixLm(128)}</pre>
     */
    public static MaskMod prefixLm(int prefix) {
        Check.atLeast("prefix", 0, prefix);
        return (b, h, q, kv) -> kv < prefix || kv <= q;
    }

    /**
     * Keys of the query's own document, for sequences packed from several: {@code ids[q] = ids[kv]}. Krell et al. 2021
     * (arXiv:2107.02027).
     *
     * <pre>{@code MaskMods.document(ids).and(MaskMods.causal())}</pre>
     *
     * @param ids {@code [length]}, the document of each position
     */
    public static MaskMod document(int[] ids) {
        return (b, h, q, kv) -> ids[q] == ids[kv];
    }

    /**
     * Keys of the query's own document that {@code inner} allows, which sees positions counted from the document's
     * beginning: {@code ids[q] = ids[kv] ∧ inner(q − start[q], kv − start[kv])}.
     *
     * <pre>{@code MaskMods.document(ids, MaskMods.prefixLm(16)) // a prefix of 16 in every document}</pre>
     *
     * @param ids {@code [length]}, the document of each position; a document's positions are neighbours
     */
    public static MaskMod document(int[] ids, MaskMod inner) {
        int[] starts = new int[ids.length];
        for (int i = 1; i < ids.length; i++) {
            starts[i] = ids[i] == ids[i - 1] ? starts[i - 1] : i;
        }
        return (b, h, q, kv) -> ids[q] == ids[kv] && inner.test(b, h, q - starts[q], kv - starts[kv]);
    }

    /**
     * Every {@code dilation}-th key, {@code window} of them, causal: {@code 0 ≤ q − kv < window · dilation ∧ (q − kv) mod
     * dilation = 0}. Longformer's dilated window, Beltagy et al. 2020 (arXiv:2004.05150), figure 2c.
     *
     * <pre>{@code MaskMods.dilated(64, 4)}</pre>
     */
    public static MaskMod dilated(int window, int dilation) {
        Check.atLeast("window", 1, window);
        Check.atLeast("dilation", 1, dilation);
        int span = Math.multiplyExact(window, dilation);
        return (b, h, q, kv) -> kv <= q && q - kv < span && (q - kv) % dilation == 0;
    }

    /**
     * The first {@code globals} positions see and are seen by all, the others see {@code window} to each side: {@code q <
     * globals ∨ kv < globals ∨ |q − kv| ≤ window}. Longformer, Beltagy et al. 2020 (arXiv:2004.05150), figure 2d.
     *
     * <pre>{@code MaskMods.globalPlusWindow(16, 256)}</pre>
     */
    public static MaskMod globalPlusWindow(int globals, int window) {
        Check.atLeast("globals", 0, globals);
        Check.atLeast("window", 0, window);
        return (b, h, q, kv) -> q < globals || kv < globals || Math.abs(q - kv) <= window;
    }

    /**
     * Neighbourhood attention on an image of {@code height × width} positions in row-major order: the {@code
     * kernelHeight × kernelWidth} keys around the query; at the border the window is moved inside, so that each query sees
     * the same number of keys. Hassani et al. 2023 (NATTEN, arXiv:2204.07143).
     *
     * <pre>{@code BlockMask.create(MaskMods.natten2d(32, 32, 7, 7), 1, 1, 1024, 1024)}</pre>
     *
     * @param kernelHeight odd, at most height
     * @param kernelWidth odd, at most width
     */
    public static MaskMod natten2d(int height, int width, int kernelHeight, int kernelWidth) {
        kernel("kernelHeight", kernelHeight, height);
        kernel("kernelWidth", kernelWidth, width);
        int up = kernelHeight / 2;
        int left = kernelWidth / 2;
        int lastRow = height - 1 - up;
        int lastColumn = width - 1 - left;
        return (b, h, q, kv) -> {
            int row = Math.min(Math.max(q / width, up), lastRow);
            int column = Math.min(Math.max(q % width, left), lastColumn);
            return Math.abs(row - kv / width) <= up && Math.abs(column - kv % width) <= left;
        };
    }

    private static void kernel(String name, int size, int limit) {
        if (size < 1 || size % 2 == 0 || size > limit) {
            throw new IllegalArgumentException(name + ": expected an odd size from 1 to " + limit + ", got " + size
                    + "; a window has one centre and fits into the image");
        }
    }

    /**
     * Training of block diffusion on {@code [noised; clean]}, two copies of a sequence of {@code length}: a noised block
     * sees itself and the clean blocks before it, a clean block sees the clean blocks up to itself. Arriola et al. 2025
     * (BD3-LM, arXiv:2503.09573).
     *
     * <pre>{@code BlockMask.create(MaskMods.blockDiffusion(1024, 16), 1, 1, 2048, 2048)}</pre>
     *
     * @param length of one copy; query and key length are twice this
     */
    public static MaskMod blockDiffusion(int length, int block) {
        Check.atLeast("length", 1, length);
        Check.atLeast("block", 1, block);
        return (b, h, q, kv) -> {
            int queryBlock = (q < length ? q : q - length) / block;
            int kvBlock = (kv < length ? kv : kv - length) / block;
            if (kv < length) {
                return q < length && queryBlock == kvBlock;
            }
            return q < length ? kvBlock < queryBlock : kvBlock <= queryBlock;
        };
    }

    /**
     * Several continuations of one prefix, packed one after the other: causal, and each continuation sees the prefix and
     * itself. Juravsky et al. 2024 (Hydragen, arXiv:2402.05099).
     *
     * <pre>{@code MaskMods.sharedPrefix(512, 64) // prefix of 512, then branches of 64 each}</pre>
     */
    public static MaskMod sharedPrefix(int prefix, int branch) {
        Check.atLeast("prefix", 0, prefix);
        Check.atLeast("branch", 1, branch);
        return (b, h, q, kv) -> kv <= q && (kv < prefix || (q - prefix) / branch == (kv - prefix) / branch);
    }

    /**
     * Keys that are not padding: {@code kv < lengths[b]}.
     *
     * <pre>{@code BlockMask.create(MaskMods.padding(lengths), lengths.length, 1, 512, 512)}</pre>
     *
     * @param lengths {@code [batch]}
     */
    public static MaskMod padding(int[] lengths) {
        return (b, h, q, kv) -> kv < lengths[b];
    }
}
