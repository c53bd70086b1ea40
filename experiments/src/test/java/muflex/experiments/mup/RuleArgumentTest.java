package muflex.experiments.mup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RuleArgumentTest {

    private static final String OWN = """
            {"name": "my rule/2", "source": "mine", "extends": "mup", "attentionScale": "D^-1/2"}
            """;

    @TempDir
    private Path folder;

    private String id(String file, String json) throws IOException {
        Path path = Files.createDirectories(folder.resolve(file).getParent())
                .resolve(Path.of(file).getFileName());
        return RuleArgument.of(Files.writeString(path, json).toString()).id();
    }

    @Test
    void aNamedRuleIsCalledByItsName() {
        assertThat(RuleArgument.of("mup").id()).isEqualTo("mup");
    }

    @Test
    void anOwnRuleIsItsNameAndWhatItSays() throws IOException {
        String id = id("a/rule.json", OWN);

        assertThat(id).matches("my-rule-2@[0-9a-f]{8}");
        assertThat(id("b/other.json", OWN.replace("mine", "cited otherwise"))).isEqualTo(id);
        assertThat(id("b/rule.json", OWN.replace(": ", ":\n")))
                .as("elsewhere, spaced otherwise")
                .isEqualTo(id);
        assertThat(id("a/rule.json", OWN.replace("D^-1/2", "D^-1")))
                .as("edited")
                .isNotEqualTo(id);
    }

    /** A rule that takes a shipped one's name is another rule. */
    @Test
    void aBorrowedNameIsNotEnough() throws IOException {
        assertThat(id("mup.json", OWN.replace("my rule/2", "mup"))).startsWith("mup@");
    }

    @Test
    void aFileThatIsMissingIsOneLine() {
        assertThatThrownBy(() -> RuleArgument.of("nowhere.json"))
                .hasMessage("rule: expected a readable file, got nowhere.json; correct the path");
    }
}
