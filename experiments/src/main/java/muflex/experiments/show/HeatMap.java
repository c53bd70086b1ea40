package muflex.experiments.show;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.Locale;
import javax.imageio.ImageIO;
import muflex.attention.MaskMod;
import muflex.attention.ScoreMod;

/**
 * A function of query and key as an SVG picture: queries downwards, keys to the right. A cell is the mean of up to {@value
 * #SAMPLES} × {@value #SAMPLES} evenly spaced pairs.
 */
public final class HeatMap {

    private static final int CELLS = 128;
    private static final int SAMPLES = 8;
    private static final int SIDE = 512;
    private static final int MARGIN = 40;

    private final String title;
    private final boolean share;
    private final double[][] cells;
    private final int queries;
    private final int keys;
    private double least = Double.POSITIVE_INFINITY;
    private double most = Double.NEGATIVE_INFINITY;

    /** The value of a pair; −∞ where it is masked. */
    @FunctionalInterface
    private interface Pair {
        double at(int q, int kv);
    }

    private HeatMap(String title, boolean share, int queries, int keys, Pair value) {
        this.title = title;
        this.share = share;
        this.queries = queries;
        this.keys = keys;
        cells = new double[Math.min(CELLS, queries)][Math.min(CELLS, keys)];
        for (int row = 0; row < cells.length; row++) {
            for (int column = 0; column < cells[row].length; column++) {
                cells[row][column] = mean(row, column, value);
                if (Double.isFinite(cells[row][column])) {
                    least = Math.min(least, cells[row][column]);
                    most = Math.max(most, cells[row][column]);
                }
            }
        }
    }

    /** The share of pairs that are allowed, from 0 to 1. */
    public static HeatMap of(String title, MaskMod mask, int head, int queries, int keys) {
        HeatMap map = new HeatMap(title, true, queries, keys, (q, kv) -> mask.test(0, head, q, kv) ? 1 : 0);
        map.least = 0;
        map.most = 1;
        return map;
    }

    /** What becomes of {@code score}. */
    public static HeatMap of(String title, ScoreMod mod, float score, int head, int queries, int keys) {
        return new HeatMap(title, false, queries, keys, (q, kv) -> mod.apply(score, 0, head, q, kv));
    }

    private double mean(int row, int column, Pair value) {
        int firstQuery = (int) ((long) row * queries / cells.length);
        int firstKey = (int) ((long) column * keys / cells[row].length);
        int queryEnd = (int) ((row + 1L) * queries / cells.length);
        int keyEnd = (int) ((column + 1L) * keys / cells[row].length);
        double sum = 0;
        int count = 0;
        for (int q = firstQuery; q < queryEnd; q += Math.max(1, (queryEnd - firstQuery) / SAMPLES)) {
            for (int kv = firstKey; kv < keyEnd; kv += Math.max(1, (keyEnd - firstKey) / SAMPLES)) {
                sum += value.at(q, kv);
                count++;
            }
        }
        return sum / count;
    }

    /** The smallest finite value of a cell; +∞ if there is none. */
    public double least() {
        return least;
    }

    /** The largest finite value of a cell; −∞ if there is none. */
    public double most() {
        return most;
    }

    /** A whole SVG document. */
    public String svg() {
        StringBuilder out = new StringBuilder();
        int width = SIDE + 2 * MARGIN;
        out.append(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"13\">%n"
                        + "<title>%s</title>%n<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>%n"
                        + "<text x=\"%d\" y=\"24\">%s</text>%n",
                width,
                width + 20,
                escape(title),
                MARGIN,
                escape(title)));
        out.append(String.format(
                Locale.ROOT,
                "<image x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" preserveAspectRatio=\"none\""
                        + " style=\"image-rendering:pixelated\" href=\"data:image/png;base64,%s\"/>%n",
                MARGIN,
                MARGIN,
                SIDE,
                SIDE,
                Base64.getEncoder().encodeToString(png())));
        out.append(String.format(
                Locale.ROOT,
                "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"none\" stroke=\"#888\"/>%n"
                        + "<text x=\"%d\" y=\"%d\">keys 0 … %d</text>%n"
                        + "<text transform=\"translate(%d %d) rotate(-90)\" text-anchor=\"end\">queries 0 … %d</text>%n"
                        + "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">light %.4g, dark %.4g</text>%n</svg>%n",
                MARGIN,
                MARGIN,
                SIDE,
                SIDE,
                MARGIN,
                SIDE + MARGIN + 20,
                keys - 1,
                MARGIN - 10,
                MARGIN,
                queries - 1,
                SIDE + MARGIN,
                SIDE + MARGIN + 20,
                least,
                most));
        return out.toString();
    }

    /** A pixel a cell: an element of SVG for each would make a file of a megabyte. */
    private byte[] png() {
        BufferedImage image = new BufferedImage(cells[0].length, cells.length, BufferedImage.TYPE_INT_RGB);
        for (int row = 0; row < cells.length; row++) {
            for (int column = 0; column < cells[row].length; column++) {
                image.setRGB(column, row, colour(cells[row][column]));
            }
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** Light yellow to dark blue; grey where a value is not finite; white for a mask's 0. */
    private int colour(double value) {
        if (!Double.isFinite(value)) {
            return 0xBBBBBB;
        }
        if (share && value == 0) {
            return 0xFFFFFF;
        }
        double dark = most > least ? (value - least) / (most - least) : 1;
        int red = (int) Math.round(245 - dark * 225);
        int green = (int) Math.round(240 - dark * 190);
        int blue = (int) Math.round(200 - dark * 80);
        return red << 16 | green << 8 | blue;
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
