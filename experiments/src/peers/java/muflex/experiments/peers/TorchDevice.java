package muflex.experiments.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.Device;
import muflex.experiments.compare.PeerSpecs;
import org.bytedeco.pytorch.global.torch;

/**
 * {@code scaled_dot_product_attention} of libtorch in float32, on as many threads as there are cores. It knows no mods:
 * a mask that is not the causal one is given to it dense, as {@code attn_mask}.
 */
final class TorchDevice implements Device {

    @Override
    public String id() {
        return "libtorch";
    }

    @Override
    public String description() {
        return "libtorch " + version() + ", scaled_dot_product_attention, " + torch.get_num_threads() + " threads, "
                + blas();
    }

    /** Never chosen unless named. */
    @Override
    public int preference() {
        return 0;
    }

    @Override
    public AttentionOp compile(AttentionSpec spec) {
        PeerSpecs.MaskKind mask = PeerSpecs.mask(id(), spec);
        Torch.useAllCores();
        return new TorchAttention(spec, mask);
    }

    private static String version() {
        Matcher version = Pattern.compile("TORCH_VERSION=([0-9.]+)")
                .matcher(torch.show_config().getString());
        return version.find() ? version.group(1) : "of unknown version";
    }

    /** The BLAS that the process has really loaded, as Linux tells. */
    private static String blas() {
        Path maps = Path.of("/proc/self/maps");
        if (!Files.isReadable(maps)) {
            return "BLAS unknown";
        }
        try (Stream<String> lines = Files.lines(maps)) {
            List<String> files = lines.map(line -> line.substring(line.lastIndexOf('/') + 1))
                    .filter(file -> file.startsWith("libmkl_") || file.startsWith("libopenblas"))
                    .map(file -> file.replaceFirst("\\.so.*", ""))
                    .distinct()
                    .toList();
            return files.stream().anyMatch(file -> file.startsWith("libmkl_")) ? "MKL" : String.join(" ", files);
        } catch (IOException e) {
            return "BLAS unknown";
        }
    }
}
