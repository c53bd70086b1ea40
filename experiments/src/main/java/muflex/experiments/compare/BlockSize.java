package muflex.experiments.compare;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import muflex.attention.BlockMask;

/** The size of a mask's blocks: {@code 64x128} is 64 queries by 128 keys. */
public record BlockSize(int query, int kv) {

    private static final Pattern FORM = Pattern.compile("(\\d{1,6})x(\\d{1,6})");

    public static BlockSize parse(String text) {
        Matcher form = FORM.matcher(text.strip());
        if (!form.matches() || Integer.parseInt(form.group(1)) < 1 || Integer.parseInt(form.group(2)) < 1) {
            throw new IllegalArgumentException(
                    "block: expected QUERIESxKEYS, both at least 1, got " + text + "; write 128x128");
        }
        return new BlockSize(Integer.parseInt(form.group(1)), Integer.parseInt(form.group(2)));
    }

    /** The same mask in blocks of this size. */
    BlockMask of(BlockMask mask) {
        return BlockMask.create(
                mask.mask(), mask.batch(), mask.heads(), mask.queryLength(), mask.kvLength(), query, kv);
    }
}
