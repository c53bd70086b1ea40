package muflex.model.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CorpusTest {

    private static Document document(int number) {
        return new Document(
                "file" + number + ".txt", ("text of " + number).repeat(20).getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void splitsByFileWhateverTheOrderAndLeavesNoneOut() {
        List<Document> documents = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            documents.add(document(i));
        }
        Corpus corpus = Corpus.of("test", documents);
        List<String> both = new ArrayList<>(corpus.train().documents());
        both.addAll(corpus.validation().documents());
        assertThat(both)
                .containsExactlyInAnyOrderElementsOf(
                        documents.stream().map(Document::name).toList());
        assertThat(corpus.validation().length()).isBetween(500, 1500);
        Collections.reverse(documents);
        assertThat(Corpus.of("test", documents).validation().documents())
                .containsExactlyInAnyOrderElementsOf(corpus.validation().documents());
    }

    @Test
    void oneFileGivesItsTail() {
        Corpus corpus = Corpus.of("one", List.of(document(1)));
        String all = new String(corpus.train().bytes(), StandardCharsets.UTF_8)
                + new String(corpus.validation().bytes(), StandardCharsets.UTF_8);
        assertThat(all).isEqualTo("text of 1".repeat(20));
        assertThat(corpus.validation().length()).isEqualTo(18);
    }

    @Test
    void twoFilesGiveOneEach() {
        Corpus corpus = Corpus.of("two", List.of(document(1), document(2)));
        assertThat(corpus.train().documents()).hasSize(1);
        assertThat(corpus.validation().documents()).hasSize(1);
    }

    @Test
    void readsAFolderInTheOrderOfPathsUpToTheCap(@TempDir Path folder) throws IOException {
        Files.createDirectories(folder.resolve("a/.git"));
        Files.writeString(folder.resolve("b.txt"), "bbbb");
        Files.writeString(folder.resolve("a/z.txt"), "zzzz");
        Files.writeString(folder.resolve("a/.git/x"), "hidden");
        Files.writeString(folder.resolve("c.txt"), "cccc");
        Corpus corpus = Corpus.read(folder, 8);
        List<String> both = new ArrayList<>(corpus.train().documents());
        both.addAll(corpus.validation().documents());
        assertThat(both).containsExactlyInAnyOrder("a/z.txt", "b.txt");
    }

    @Test
    void readsTheJdksSources(@TempDir Path folder) throws IOException {
        Path zip = folder.resolve("src.zip");
        try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
            for (String name :
                    List.of("java.base/b/B.java", "java.base/a/A.java", "java.base/x.txt", "java.sql/S.java")) {
                out.putNextEntry(new ZipEntry(name));
                out.write(name.getBytes(StandardCharsets.UTF_8));
                out.closeEntry();
            }
        }
        Corpus corpus = Corpus.jdkSources(zip, 1 << 20);
        var names = new HashSet<>(corpus.train().documents());
        names.addAll(corpus.validation().documents());
        assertThat(names).containsExactlyInAnyOrder("java.base/a/A.java", "java.base/b/B.java");
    }

    @Test
    void missingTextIsOneClearLine(@TempDir Path folder) {
        assertThatThrownBy(() -> Corpus.jdkSources(folder.resolve("src.zip"), 1))
                .hasMessageMatching(
                        "text: expected the JDK's sources at .*, got none there .*; pass --text FILE_OR_FOLDER");
        assertThatThrownBy(() -> Corpus.read(folder.resolve("no"), 1)).hasMessageContaining("which doesn't exist");
        assertThatThrownBy(() -> Corpus.read(folder, 1)).hasMessageContaining("expected at least one non-empty file");
    }

    @Test
    void fingerprintTellsCorporaApart() {
        Corpus one = Corpus.of("x", List.of(document(1), document(2)));
        assertThat(one.fingerprint())
                .isEqualTo(Corpus.of("y", List.of(document(1), document(2))).fingerprint())
                .isNotEqualTo(Corpus.of("x", List.of(document(1), document(3))).fingerprint())
                .hasSize(16);
    }

    @Test
    void knowsWhichDocumentHoldsAByte() {
        Text text = new Text(List.of(
                new Document("a", new byte[3]), new Document("empty", new byte[0]), new Document("b", new byte[2])));
        int[] indices = new int[5];
        for (int i = 0; i < indices.length; i++) {
            indices[i] = text.documentAt(i);
        }
        assertThat(indices).containsExactly(0, 0, 0, 2, 2);
    }
}
