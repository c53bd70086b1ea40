package muflex.experiments.show;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import muflex.attention.MaskMod;
import muflex.attention.MaskMods;

/** The ready-made masks and score mods, sized for a length: a window is a fixed share of it. */
public final class Catalogue {

    private Catalogue() {}

    /** All of them; score mods for {@code heads} heads. */
    public static List<Shown> all(int length, int heads) {
        List<Shown> all = new ArrayList<>();
        sequences(all, length);
        packed(all, length);
        grids(all, length);
        ScoreCatalogue.add(all, length, heads);
        return List.copyOf(all);
    }

    private static void sequences(List<Shown> all, int n) {
        int eighth = Math.max(1, n / 8);
        int sixteenth = Math.max(1, n / 16);
        mask(all, n, "causal", "MaskMods.causal()", "kv ≤ q", "Vaswani et al. 2017", MaskMods.causal());
        mask(
                all,
                n,
                "sliding-window",
                "MaskMods.slidingWindow(" + 2 * eighth + ")",
                "0 ≤ q − kv < window",
                "Jiang et al. 2023 (Mistral 7B, arXiv:2310.06825)",
                MaskMods.slidingWindow(2 * eighth));
        mask(
                all,
                n,
                "local",
                "MaskMods.local(" + eighth + ", " + eighth + ")",
                "−after ≤ q − kv ≤ before",
                "Beltagy et al. 2020 (Longformer, arXiv:2004.05150)",
                MaskMods.local(eighth, eighth));
        mask(
                all,
                n,
                "dilated",
                "MaskMods.dilated(" + sixteenth + ", 4)",
                "0 ≤ q − kv < window · dilation ∧ (q − kv) mod dilation = 0",
                "Beltagy et al. 2020 (Longformer, arXiv:2004.05150)",
                MaskMods.dilated(sixteenth, 4));
        mask(
                all,
                n,
                "strided",
                "MaskMods.strided(" + sixteenth + ")",
                "kv ≤ q ∧ (q − kv < stride ∨ (q − kv) mod stride = 0)",
                "Child et al. 2019 (Sparse Transformer, arXiv:1904.10509)",
                MaskMods.strided(sixteenth));
        mask(
                all,
                n,
                "prefix-lm",
                "MaskMods.prefixLm(" + 2 * eighth + ")",
                "kv < prefix ∨ kv ≤ q",
                "Raffel et al. 2020 (T5, arXiv:1910.10683)",
                MaskMods.prefixLm(2 * eighth));
        mask(
                all,
                n,
                "global-window",
                "MaskMods.globalPlusWindow(" + sixteenth + ", " + eighth + ")",
                "q < globals ∨ kv < globals ∨ |q − kv| ≤ window",
                "Beltagy et al. 2020 (Longformer, arXiv:2004.05150)",
                MaskMods.globalPlusWindow(sixteenth, eighth));
        mask(
                all,
                n,
                "big-bird",
                "MaskMods.randomBlocks(" + n + ", " + sixteenth + ", 2, 1).or(MaskMods.globalPlusWindow(" + sixteenth
                        + ", " + sixteenth + "))",
                "random blocks ∨ global ∨ window",
                "Zaheer et al. 2020 (BigBird, arXiv:2007.14062)",
                MaskMods.randomBlocks(n, sixteenth, Math.min(2, n), 1)
                        .or(MaskMods.globalPlusWindow(sixteenth, sixteenth)));
        mask(
                all,
                n,
                "natten-1d",
                "MaskMods.natten1d(" + n + ", " + odd(n / 4) + ")",
                "the kernel keys around the query; at an end the window is moved inside",
                "Hassani et al. 2023 (NATTEN, arXiv:2204.07143)",
                MaskMods.natten1d(n, odd(n / 4)));
    }

    private static void packed(List<Shown> all, int n) {
        int eighth = Math.max(1, n / 8);
        int[] cumulative = {0, n / 5, n / 4, n / 4 + n / 2, n};
        String starts = "new int[] {0, " + n / 5 + ", " + n / 4 + ", " + (n / 4 + n / 2) + ", " + n + "}";
        mask(
                all,
                n,
                "document",
                "MaskMods.packed(" + starts + ")",
                "ids[q] = ids[kv]",
                "Krell et al. 2021 (arXiv:2107.02027)",
                MaskMods.packed(cumulative));
        mask(
                all,
                n,
                "document-causal",
                "MaskMods.packed(" + starts + ", MaskMods.causal())",
                "ids[q] = ids[kv] ∧ inner(q − start, kv − start)",
                "Krell et al. 2021 (arXiv:2107.02027)",
                MaskMods.packed(cumulative, MaskMods.causal()));
        mask(
                all,
                n,
                "batchify",
                "MaskMods.batchify(MaskMods.causal(), " + eighth + ")",
                "q / size = kv / size ∧ inner(q mod size, kv mod size)",
                "FlexAttention's examples (attention-gym)",
                MaskMods.batchify(MaskMods.causal(), eighth));
        mask(
                all,
                n,
                "shared-prefix",
                "MaskMods.sharedPrefix(" + 2 * eighth + ", " + eighth + ")",
                "causal; a branch sees the prefix and itself",
                "Juravsky et al. 2024 (Hydragen, arXiv:2402.05099)",
                MaskMods.sharedPrefix(2 * eighth, eighth));
        int half = Math.max(1, n / 2);
        int block = Math.max(1, n / 16);
        mask(
                all,
                2 * half,
                "block-diffusion",
                "MaskMods.blockDiffusion(" + half + ", " + block + ")",
                "[noised; clean]: a noised block sees itself and the clean blocks before, a clean one the clean up to itself",
                "Arriola et al. 2025 (BD3-LM, arXiv:2503.09573)",
                MaskMods.blockDiffusion(half, block));
        mask(
                all,
                n,
                "tree",
                "MaskMods.tree(0, parents) // a random tree",
                "kv < prefix ∨ kv is q or an ancestor of q",
                "Miao et al. 2024 (SpecInfer, arXiv:2305.09781)",
                MaskMods.tree(0, randomTree(n)));
        int[] images = new int[n];
        for (int q = 0; q < n; q++) {
            images[q] = q * 5 / n - 1;
        }
        int tokens = Math.max(1, n / 4);
        mask(
                all,
                n,
                "flamingo",
                "MaskMods.flamingo(imageOf, " + tokens + ") // text with four images in it",
                "imageOf[q] = kv / tokens",
                "Alayrac et al. 2022 (Flamingo, arXiv:2204.14198)",
                MaskMods.flamingo(images, tokens));
    }

    private static int[] randomTree(int nodes) {
        Random random = new Random(1);
        int[] parents = new int[nodes];
        for (int i = 0; i < nodes; i++) {
            parents[i] = i == 0 ? -1 : i - 1 - random.nextInt(Math.min(i, 4));
        }
        return parents;
    }

    /** On the largest image, or video of four planes, whose sides are multiples of 4. */
    private static void grids(List<Shown> all, int n) {
        int side = Math.max(4, (int) Math.sqrt(n) / 4 * 4);
        int kernel = odd(side / 4);
        int tile = side / 4;
        int image = side * side;
        String size = side + ", " + side + ", ";
        mask(
                all,
                image,
                "natten-2d",
                "MaskMods.natten2d(" + size + kernel + ", " + kernel + ")",
                "|Δrow| and |Δcolumn| ≤ kernel / 2; at the border the window is moved inside",
                "Hassani et al. 2023 (NATTEN, arXiv:2204.07143)",
                MaskMods.natten2d(side, side, kernel, kernel));
        mask(
                all,
                image,
                "natten-2d-tiled",
                "MaskMods.inTiles2d(MaskMods.natten2d(" + size + kernel + ", " + kernel + "), " + size + tile + ", "
                        + tile + ")",
                "natten-2d with positions stored tile by tile",
                "Hassani et al. 2024 (arXiv:2403.04690)",
                MaskMods.inTiles2d(MaskMods.natten2d(side, side, kernel, kernel), side, side, tile, tile));
        mask(
                all,
                image,
                "sliding-tile-2d",
                "MaskMods.slidingTile2d(" + size + 3 * tile + ", " + 3 * tile + ", " + tile + ", " + tile + ")",
                "natten-2d of whole tiles",
                "Zhang et al. 2025 (STA, arXiv:2502.04507)",
                MaskMods.slidingTile2d(side, side, 3 * tile, 3 * tile, tile, tile));
        int edge = Math.max(4, (int) Math.sqrt(n / 4.0) / 4 * 4);
        int small = odd(edge / 4);
        int piece = edge / 4;
        int video = 4 * edge * edge;
        String volume = "4, " + edge + ", " + edge + ", ";
        MaskMod natten = MaskMods.natten3d(4, edge, edge, 3, small, small);
        String code = "MaskMods.natten3d(" + volume + "3, " + small + ", " + small + ")";
        mask(
                all,
                video,
                "natten-3d",
                code,
                "natten-2d with planes",
                "Hassani et al. 2023 (NATTEN, arXiv:2204.07143)",
                natten);
        mask(
                all,
                video,
                "natten-3d-tiled",
                "MaskMods.inTiles3d(" + code + ", " + volume + "2, " + piece + ", " + piece + ")",
                "natten-3d with positions stored tile by tile",
                "Hassani et al. 2024 (arXiv:2403.04690)",
                MaskMods.inTiles3d(natten, 4, edge, edge, 2, piece, piece));
        mask(
                all,
                video,
                "sliding-tile-3d",
                "MaskMods.slidingTile3d(" + volume + "2, " + 3 * piece + ", " + 3 * piece + ", 2, " + piece + ", "
                        + piece + ")",
                "natten-3d of whole tiles",
                "Zhang et al. 2025 (STA, arXiv:2502.04507)",
                MaskMods.slidingTile3d(4, edge, edge, 2, 3 * piece, 3 * piece, 2, piece, piece));
    }

    private static int odd(int size) {
        return Math.max(1, size - 1 + size % 2);
    }

    private static void mask(
            List<Shown> all, int length, String name, String code, String formula, String source, MaskMod mask) {
        all.add(Shown.of(name, code, formula, source, length, mask));
    }
}
