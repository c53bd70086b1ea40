package muflex.experiments.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The source that ran.
 *
 * @param commit the commit's full hash, or null outside a checkout
 * @param dirty whether tracked or untracked files differ from that commit
 */
public record Git(@Nullable String commit, boolean dirty) {

    /** The checkout that this command runs from, as its launcher says. */
    public static Git here() {
        return of(Path.of(System.getProperty("muflex.home", ".")));
    }

    /** The checkout at {@code folder}; {@code (null, false)} if it is none or there is no git. */
    public static Git of(Path folder) {
        String commit = run(folder, "rev-parse", "HEAD");
        if (commit == null) {
            return new Git(null, false);
        }
        String changes = run(folder, "status", "--porcelain");
        return new Git(commit.strip(), changes == null || !changes.isBlank());
    }

    /** As people write it: {@code 971d58f}, {@code 971d58f (dirty)} or {@code unknown}. */
    @Override
    public String toString() {
        if (commit == null) {
            return "unknown";
        }
        return commit.substring(0, Math.min(7, commit.length())) + (dirty ? " (dirty)" : "");
    }

    private static @Nullable String run(Path folder, String... arguments) {
        String[] command = new String[arguments.length + 3];
        command[0] = "git";
        command[1] = "-C";
        command[2] = folder.toString();
        System.arraycopy(arguments, 0, command, 3, arguments.length);
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            boolean ended = process.waitFor(10, TimeUnit.SECONDS);
            return ended && process.exitValue() == 0 ? output : null;
        } catch (IOException e) {
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }
}
