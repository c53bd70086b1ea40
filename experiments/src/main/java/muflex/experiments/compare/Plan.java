package muflex.experiments.compare;

import java.util.List;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.engine.AttentionSpec;
import muflex.engine.Device;
import org.jspecify.annotations.Nullable;

/**
 * What to compare: every variant at every shape on every device.
 *
 * @param repeat samples of each device and direction
 * @param warmup calls before the first sample
 * @param warmupSeconds warming up ends early once it took this long
 * @param sampleSeconds a device stops early, with at least {@link Stopwatch#FEWEST_SAMPLES}, once its samples took this long
 * @param naive whether the plain loop is timed too
 * @param against the device, or {@code naive}, that speed-ups are over
 * @param block queries and keys of a mask's block, as {@code 64x128}, or null for the default
 * @param checkHeads key heads of the first batch that are checked; 0 for all of everything
 * @param mods the file that the user's own variants come from, or null
 */
public record Plan(
        List<Variant> variants,
        List<AttentionShape> shapes,
        List<Device> devices,
        int repeat,
        int warmup,
        double warmupSeconds,
        double sampleSeconds,
        boolean naive,
        String against,
        @Nullable String block,
        int checkHeads,
        long seed,
        @Nullable String mods) {

    /** The first case of a run warms up the code that all cases share, so it takes this many times as long. */
    private static final int FIRST_CASE = 2;

    Stopwatch stopwatch(boolean firstCase) {
        int patience = firstCase ? FIRST_CASE : 1;
        return new Stopwatch(repeat, patience * warmup, patience * warmupSeconds, sampleSeconds);
    }

    /** Cases: a variant at a shape. */
    int cases() {
        return variants.size() * shapes.size();
    }

    /** The spec with its mask in blocks of this plan's size. */
    AttentionSpec blocked(AttentionSpec spec) {
        BlockMask mask = spec.mask();
        return block == null || mask == null
                ? spec
                : spec.withMask(BlockSize.parse(block).of(mask));
    }
}
