package muflex.experiments.sweep;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import muflex.experiments.report.Json;
import muflex.experiments.report.Row;
import muflex.experiments.report.RowFile;
import org.jspecify.annotations.Nullable;

/**
 * What one case leaves behind: {@code rows.jsonl} once it is done, {@code failure-N.jsonl} for each attempt that failed,
 * {@code log.txt}, and {@code work/} for the command itself. Results appear at once as a whole, and the first process to
 * finish a case wins, so a case that ran twice counts once.
 */
public final class CaseFolder {

    private static final String ROWS = "rows.jsonl";

    /**
     * The locks that this process holds. POSIX drops a lock when its process closes the file by any descriptor, so these
     * files must not even be looked at.
     */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private static final AtomicBoolean TOLD = new AtomicBoolean();

    private final Path folder;

    CaseFolder(Path folder) {
        this.folder = folder;
    }

    /** How far a case is. */
    public enum State {
        DONE,
        RUNNING,
        FAILED,
        MISSING
    }

    /** The right to run the case; the operating system takes it back from a process that dies. */
    interface Claim extends AutoCloseable {
        @Override
        void close() throws IOException;
    }

    /** Where its rows are once it is done. */
    public Path rowsFile() {
        return folder.resolve(ROWS);
    }

    public Path log() {
        return folder.resolve("log.txt");
    }

    Path work() throws IOException {
        return Files.createDirectories(folder.resolve("work"));
    }

    /** Whether its rows are in place. A file that a machine's fall left empty or cut short does not count. */
    public boolean isDone() {
        Path rows = folder.resolve(ROWS);
        if (!Files.exists(rows)) {
            return false;
        }
        try (FileChannel file = FileChannel.open(rows, StandardOpenOption.READ)) {
            ByteBuffer last = ByteBuffer.allocate(1);
            return file.size() > 0 && file.read(last, file.size() - 1) == 1 && last.get(0) == '\n';
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public State state() throws IOException {
        if (isDone()) {
            return State.DONE;
        }
        if (isClaimed()) {
            return State.RUNNING;
        }
        return failures() > 0 ? State.FAILED : State.MISSING;
    }

    /** How many attempts failed. */
    public int failures() {
        int count = 0;
        while (Files.exists(failure(count + 1))) {
            count++;
        }
        return count;
    }

    private Path failure(int attempt) {
        return folder.resolve("failure-" + attempt + ".jsonl");
    }

    /** The case's rows; of a case that only failed, those of its last failure. */
    public RowFile.Contents<Row> rows() throws IOException {
        if (isDone()) {
            return RowFile.read(folder.resolve(ROWS));
        }
        int failures = failures();
        return failures == 0 ? new RowFile.Contents<>(List.of(), List.of(), null) : RowFile.read(failure(failures));
    }

    boolean isClaimed() throws IOException {
        if (HELD.contains(lockFile())) {
            return true;
        }
        if (!Files.exists(lockFile())) {
            return false;
        }
        try (Claim claim = tryClaim()) {
            return claim == null;
        }
    }

    /** Waits until no other process runs this case. Goes on without a lock where the filesystem has none. */
    Claim claim() throws IOException {
        Path held = lockFile();
        if (!HELD.add(held)) {
            throw new OverlappingFileLockException();
        }
        try {
            FileChannel channel = open();
            try {
                channel.lock();
            } catch (IOException e) {
                tell(e);
            }
            return () -> {
                channel.close();
                HELD.remove(held);
            };
        } catch (IOException | RuntimeException e) {
            HELD.remove(held);
            throw e;
        }
    }

    private static void tell(IOException e) {
        if (TOLD.compareAndSet(false, true)) {
            System.getLogger("muflex")
                    .log(
                            System.Logger.Level.WARNING,
                            "no file locks here ({0}): a case may be computed twice, and counts once",
                            e.getMessage());
        }
    }

    /** Null if another process runs this case. */
    private @Nullable Claim tryClaim() throws IOException {
        FileChannel channel = open();
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return channel::close;
            }
        } catch (OverlappingFileLockException e) {
            // This process began to run it just now.
        } catch (IOException e) {
            tell(e);
            return channel::close;
        }
        channel.close();
        return null;
    }

    private Path lockFile() {
        return folder.resolve("lock").toAbsolutePath().normalize();
    }

    private FileChannel open() throws IOException {
        Files.createDirectories(folder);
        return FileChannel.open(lockFile(), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    void publish(List<Row> rows) throws IOException {
        Path damaged = folder.resolve(ROWS);
        if (Files.exists(damaged) && !isDone()) {
            Files.move(damaged, folder.resolve(ROWS + ".damaged"), StandardCopyOption.REPLACE_EXISTING);
        }
        place(folder.resolve(ROWS), rows);
    }

    /** Under the next free number: where there are no locks, another process may take one at the same time. */
    public void fail(List<Row> rows) throws IOException {
        int attempt = failures() + 1;
        while (!place(failure(attempt), rows)) {
            attempt++;
        }
    }

    /** Puts a whole file in place, unless there is one; false if there is. */
    private boolean place(Path target, List<Row> rows) throws IOException {
        Files.createDirectories(folder);
        Path part = target.resolveSibling(target.getFileName() + "." + UUID.randomUUID() + ".part");
        try {
            write(part, rows.stream().map(Json::write).collect(Collectors.joining("\n", "", "\n")));
            // A link, because a move replaces what is there.
            Files.createLink(target, part);
            return true;
        } catch (FileAlreadyExistsException e) {
            return false;
        } catch (UnsupportedOperationException | FileSystemException e) {
            return move(part, target);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    /** On the disk when it returns, so that a file in its place is never an empty one. */
    private static void write(Path file, String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        try (FileChannel out = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
            out.force(true);
        }
    }

    /**
     * For a filesystem without links. Two processes may both find no file there; then the later one's replaces the
     * other, each of them whole.
     */
    static boolean move(Path part, Path target) throws IOException {
        if (Files.exists(target)) {
            return false;
        }
        Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
        return true;
    }
}
