package muflex.experiments.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.engine.AttentionSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UserModsTest {

    @TempDir
    private Path folder;

    private Path write(String name, String... body) throws IOException {
        String imports = "import muflex.attention.*;\n";
        return Files.writeString(folder.resolve(name), imports + String.join("\n", body));
    }

    @Test
    void publicStaticModsAreVariantsOfTheirNames() throws IOException {
        Path file = write(
                "MyMods.java",
                "public class MyMods {",
                "    static final float[] table = {1, 2, 3};",
                "    public static final ScoreMod halved = (score, b, h, q, kv) -> score / 2 + table[kv];",
                "    public static final MaskMod even = (b, h, q, kv) -> kv % 2 == 0;",
                "    public static final int other = 1;",
                "}");

        List<Variant> variants =
                UserMods.read(file).stream().map(mod -> mod.variant(file)).toList();

        assertThat(variants.stream().map(Variant::name)).containsExactly("halved", "even");
        assertThat(variants.getFirst().code()).isEqualTo("score: (score, b, h, q, kv) -> score / 2 + table[kv]");
        AttentionShape shape = AttentionShape.of(1, 1, 3, 4);
        AttentionSpec halved = variants.getFirst().at(shape, 1);
        assertThat(halved.scoreMod().apply(4, 0, 0, 0, 2)).isEqualTo(5);
        BlockMask even = variants.getLast().at(shape, 1).mask();
        assertThat(even.allows(0, 0, 0, 1)).isFalse();
        assertThat(even.allows(0, 0, 0, 2)).isTrue();
    }

    @Test
    void aFileThatDoesNotCompileNamesTheLine() throws IOException {
        Path file = write("Bad.java", "public class Bad {", "    public static final ScoreMod x = 3;", "}");

        assertThatThrownBy(() -> UserMods.read(file))
                .hasMessageStartingWith("--mods: expected Java that compiles, got errors in " + file + "; line 3: ");
    }

    @Test
    void aFileWithoutModsSaysHowToWriteOne() throws IOException {
        Path file = write("None.java", "public class None {}");

        assertThatThrownBy(() -> UserMods.read(file))
                .hasMessageStartingWith("--mods: expected public static ScoreMod or MaskMod fields, got none in ");
    }

    @Test
    void anotherClassNameIsRefused() throws IOException {
        Path file = write("Name.java", "class Other {}");

        assertThatThrownBy(() -> UserMods.read(file))
                .hasMessage("--mods: expected a public class Name without a package in " + file
                        + ", got another; rename the class or the file");
    }

    @Test
    void aMissingFileIsRefused() {
        assertThatThrownBy(() -> UserMods.read(folder.resolve("no.java")))
                .hasMessageStartingWith("--mods: expected a .java file, got ");
    }
}
