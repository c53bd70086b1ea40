package muflex.experiments;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import muflex.experiments.compare.PackedDocuments;
import muflex.experiments.compare.UserMods;
import muflex.experiments.compare.Variant;
import muflex.experiments.compare.Variants;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which variants of attention a command takes: those there are, and the user's own. */
final class VariantOptions {

    @Option(
            names = "--variants",
            split = ",",
            paramLabel = "NAME",
            completionCandidates = Names.class,
            description = "Variants (default: all of ${COMPLETION-CANDIDATES}, and those of --mods).")
    private @Nullable List<String> variants;

    @Option(
            names = "--mods",
            paramLabel = "FILE",
            description = "A Java file whose public static ScoreMod and MaskMod fields are further variants.")
    private @Nullable Path mods;

    /** What `--help` lists. */
    static final class Names extends ArrayList<String> {
        private static final long serialVersionUID = 1L;

        Names() {
            super(Variants.names());
        }
    }

    /** The file of the user's own, or null. */
    @Nullable
    Path mods() {
        return mods;
    }

    /** @param err is told what is left out, for want of what it needs */
    List<Variant> chosen(PrintWriter err) {
        List<Variant> known = BadInput.check(() -> UserMods.known(mods));
        if (variants != null) {
            return variants.stream()
                    .distinct()
                    .map(name -> BadInput.check(() -> Variants.byName(known, name)))
                    .toList();
        }
        if (PackedDocuments.available()) {
            return known;
        }
        err.println("leaving out `document`: this JDK has no lib/src.zip, whose files' lengths it needs");
        err.flush();
        return known.stream()
                .filter(variant -> !variant.name().equals("document"))
                .toList();
    }
}
