package muflex.experiments;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import muflex.attention.MaskMod;
import muflex.attention.ScoreMod;
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

    @Option(
            names = "--attention",
            paramLabel = "NAME",
            description = "Which field of --mods (default: its first), or a score mod and a mask: wave,beat.")
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
        String names = attention;
        if (names == null) {
            return found.getFirst().attention();
        }
        ScoreMod score = null;
        MaskMod mask = null;
        for (String name : names.split(",")) {
            UserMods.UserMod mod = named(found, name, file);
            if (mod.score() != null ? score != null : mask != null) {
                throw new IllegalArgumentException("--attention: expected at most one score mod and one mask, got "
                        + names + "; chain two with andThen or and in " + file);
            }
            score = mod.score() == null ? score : mod.score();
            mask = mod.mask() == null ? mask : mod.mask();
        }
        return new AttentionVariant(names, score, mask);
    }

    private static UserMods.UserMod named(List<UserMods.UserMod> found, String name, Path file) {
        return found.stream()
                .filter(mod -> mod.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("--attention: expected one of "
                        + found.stream().map(UserMods.UserMod::name).collect(Collectors.joining(", ")) + " in " + file
                        + ", got " + name + "; name one of those"));
    }
}
