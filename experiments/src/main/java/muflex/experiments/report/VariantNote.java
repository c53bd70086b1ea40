package muflex.experiments.report;

/**
 * What a page says about a variant beside its numbers.
 *
 * @param code the Java that defines it
 * @param density share of live elements, {@code [row][column]} of equal parts of the first batch and head's scores
 */
public record VariantNote(String name, String description, String code, double[][] density) {

    /** The density as a picture: the darker, the more of that part is attended to. */
    String picture() {
        int size = density.length;
        int width = size == 0 ? 0 : density[0].length;
        StringBuilder out = new StringBuilder("<svg class=\"mask\" role=\"img\" aria-label=\"")
                .append(Markup.escape("mask of " + name + ": queries from top to bottom, keys from left to right"))
                .append("\" viewBox=\"0 0 ")
                .append(width + " " + size)
                .append("\">");
        for (int row = 0; row < size; row++) {
            int column = 0;
            while (column < width) {
                int end = column + 1;
                while (end < width && density[row][end] == density[row][column]) {
                    end++;
                }
                if (density[row][column] > 0) {
                    out.append("<rect x=\"" + column + "\" y=\"" + row + "\" width=\"" + (end - column)
                            + "\" height=\"1\" opacity=\"" + Markup.at(Math.max(0.1, density[row][column])) + "\"/>");
                }
                column = end;
            }
        }
        return out.append("</svg>").toString();
    }
}
