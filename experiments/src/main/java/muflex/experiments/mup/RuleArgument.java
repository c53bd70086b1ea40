package muflex.experiments.mup;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import muflex.experiments.BadInput;
import muflex.model.parameterization.Parameterization;
import muflex.model.parameterization.ParameterizationJson;
import muflex.model.parameterization.Parameterizations;

/**
 * A rule as a command line gives it: a name, or a file with the rule as JSON.
 *
 * @param id what rows and files call it: a named rule's name; of a rule from a file its name and a digest of what it
 *     says, so that an edited rule is another one, wherever its file lies
 * @param rule itself
 */
public record RuleArgument(String id, Parameterization rule) {

    private static final int DIGEST_BYTES = 4;

    /** @throws BadInput if there is no such rule or the file holds none */
    public static RuleArgument of(String text) {
        if (!text.endsWith(".json")) {
            Parameterization named = BadInput.check(() -> Parameterizations.byName(text));
            return new RuleArgument(named.name(), named);
        }
        Path file = Path.of(text);
        try {
            String json = Files.readString(file);
            return of(BadInput.check(() -> ParameterizationJson.read(json)));
        } catch (IOException _) {
            throw BadInput.of("rule", "a readable file", text, "correct the path");
        }
    }

    /** A rule as it is in a model: a shipped one has its name, any other its name and digest. */
    public static RuleArgument of(Parameterization rule) {
        boolean shipped = Parameterizations.all().contains(rule);
        return new RuleArgument(shipped ? rule.name() : fileName(rule.name()) + "@" + digest(rule), rule);
    }

    /** Of name and exponents, not of how the file is spaced or what it cites. */
    private static String digest(Parameterization rule) {
        try {
            byte[] text = ParameterizationJson.toTree(rule.named(rule.name(), ""))
                    .toString()
                    .getBytes(StandardCharsets.UTF_8);
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text), 0, DIGEST_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Names go into names of files. */
    private static String fileName(String name) {
        return name.replaceAll("[^\\w.-]+", "-");
    }
}
