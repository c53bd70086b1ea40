package muflex.experiments.sweep;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CaseFolderTest {

    @TempDir
    private Path folder;

    /** Without locks and links two processes may finish one case at the same time. */
    @Test
    void ofTwoThatMoveAtOnceOneWholeFileStands() throws Exception {
        try (ExecutorService pool = Executors.newFixedThreadPool(2)) {
            for (int round = 0; round < 200; round++) {
                Path target = folder.resolve("rows-" + round + ".jsonl");
                CyclicBarrier both = new CyclicBarrier(2);
                List<Future<Boolean>> placed = new ArrayList<>();
                for (String who : List.of("first", "second")) {
                    Path part = Files.writeString(folder.resolve(who + ".part"), who);
                    placed.add(pool.submit((Callable<Boolean>) () -> {
                        both.await();
                        return CaseFolder.move(part, target);
                    }));
                }
                int winners = 0;
                for (Future<Boolean> one : placed) {
                    winners += one.get() ? 1 : 0;
                }
                assertThat(winners).isPositive();
                assertThat(Files.readString(target)).isIn("first", "second");
            }
        }
    }

    /** Several processes may record failures of a case at once, where no lock keeps them apart. */
    @Test
    void noFailureIsLost() throws Exception {
        CaseFolder one = new CaseFolder(folder.resolve("0000"));
        try (ExecutorService pool = Executors.newFixedThreadPool(4)) {
            List<Future<?>> writers = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                writers.add(pool.submit((Callable<Void>) () -> {
                    one.fail(List.of());
                    return null;
                }));
            }
            for (Future<?> writer : writers) {
                writer.get();
            }
        }
        assertThat(one.failures()).isEqualTo(40);
        assertThat(names(folder.resolve("0000"))).noneMatch(name -> name.endsWith(".part"));
    }

    /** A machine's fall may leave a file empty, or half of it. */
    @Test
    void rowsThatWereCutShortDoNotCount() throws IOException {
        Path here = Files.createDirectories(folder.resolve("0000"));
        CaseFolder one = new CaseFolder(here);
        Files.createFile(here.resolve("rows.jsonl"));
        assertThat(one.isDone()).isFalse();
        Files.writeString(here.resolve("rows.jsonl"), "{\"schema\":2");
        assertThat(one.isDone()).isFalse();
        one.publish(List.of());
        assertThat(one.isDone()).isTrue();
        assertThat(here.resolve("rows.jsonl.damaged")).hasContent("{\"schema\":2");
    }

    private static List<String> names(Path of) throws IOException {
        try (Stream<Path> files = Files.list(of)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}
