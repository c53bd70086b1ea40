package muflex.experiments.compare;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import muflex.attention.AttentionShape;

/**
 * Attention shapes as text: {@code BxHxLxD}, batch × heads × length × head dim. Heads, length and dim may each be two
 * numbers, the query's and the keys': {@code 1x8:2x512:1024x64:32} has 8 query heads on 2 key heads, 512 queries on
 * 1024 keys, and values of 32 beside queries and keys of 64.
 */
public final class ShapeText {

    private static final Pattern FORM = Pattern.compile(
            "(\\d{1,9})x(\\d{1,9})(?::(\\d{1,9}))?x(\\d{1,9})(?::(\\d{1,9}))?x(\\d{1,9})(?::(\\d{1,9}))?");

    private ShapeText() {}

    public static AttentionShape parse(String text) {
        Matcher form = FORM.matcher(text.strip());
        if (!form.matches()) {
            throw new IllegalArgumentException("shape: expected BATCHxHEADSxLENGTHxDIM, got " + text
                    + "; write 1x8x512x64, or 1x8:2x512:1024x64:32 where keys or values differ");
        }
        int heads = number(form, 2);
        int length = number(form, 4);
        int dim = number(form, 6);
        return new AttentionShape(
                number(form, 1),
                heads,
                number(form, 3, heads),
                length,
                number(form, 5, length),
                dim,
                number(form, 7, dim));
    }

    /** The shortest text that {@link #parse} reads as {@code shape}. */
    public static String of(AttentionShape shape) {
        return shape.batch() + "x" + pair(shape.queryHeads(), shape.kvHeads()) + "x"
                + pair(shape.queryLength(), shape.kvLength()) + "x" + pair(shape.headDim(), shape.valueDim());
    }

    private static String pair(int query, int key) {
        return query == key ? Integer.toString(query) : query + ":" + key;
    }

    private static int number(Matcher form, int group) {
        return Integer.parseInt(form.group(group));
    }

    private static int number(Matcher form, int group, int otherwise) {
        return form.group(group) == null ? otherwise : number(form, group);
    }
}
