package muflex.experiments;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import muflex.experiments.compare.UserMods;
import muflex.model.AttentionVariant;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The attention of a model: plain, or a mod of the user's own. */
final class ModsOptions {

    @Option(
            names = "--mods",
            paramLabel = "FILE",
            description = "A Java file with a public static ScoreMod or MaskMod for the model's attention.")
    private @Nullable Path mods;

    @Option(names = "--attention", paramLabel = "NAME", description = "Which field of --mods (default: its first).")
    private @Nullable String attention;

    AttentionVariant variant() {
        Path file = mods;
        if (file == null) {
            if (attention != null) {
                throw new IllegalArgumentException("--attention: expected --mods FILE with a field " + attention
                        + ", got no --mods; give the file");
            }
            return AttentionVariant.CAUSAL;
        }
        List<UserMods.UserMod> found = UserMods.read(file);
        return found.stream()
                .filter(mod -> attention == null || mod.name().equals(attention))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("--attention: expected one of "
                        + found.stream().map(UserMods.UserMod::name).collect(Collectors.joining(", ")) + " in " + file
                        + ", got " + attention + "; name one of those"))
                .attention();
    }
}
