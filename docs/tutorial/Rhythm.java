import muflex.attention.MaskMod;
import muflex.attention.ScoreMod;

/** An attention that nobody asked for: every head listens at a rhythm of its own. */
public class Rhythm {
    /** Distances between beats in head h: 2, 3, 5, 9, then again. */
    static final int[] PERIODS = {2, 3, 5, 9};

    /** A wave over the distance, loudest on the beat; quieter the farther away. */
    public static final ScoreMod wave = (score, b, h, q, kv) -> {
        int distance = Math.abs(q - kv);
        return score + (float) Math.cos(2 * Math.PI * distance / PERIODS[h % 4]) / (1 + 0.05f * distance);
    };

    /** The last 16 keys, and before them only those on the beat. */
    public static final MaskMod beat =
            (b, h, q, kv) -> kv <= q && (q - kv < 16 || (q - kv) % PERIODS[h % 4] == 0);
}
