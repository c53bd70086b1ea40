package muflex.experiments.sweep;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import muflex.experiments.RunFailed;
import muflex.experiments.report.Failures;
import org.jspecify.annotations.Nullable;

/**
 * Runs a sweep's open cases on this machine, each in a process of its own: a case that crashes its JVM or spoils its
 * state takes no other with it, and each begins equally cold. Cases that another process runs are left for last.
 */
public final class LocalRunner {

    private final SweepPlan plan;
    private final int jobs;
    private final int retries;
    private final BiConsumer<SweepPlan.Case, CaseFolder.State> finished;
    private final Deque<SweepPlan.Case> queue = new ArrayDeque<>();
    private final Set<Integer> deferred = new HashSet<>();
    private final Set<Process> running = ConcurrentHashMap.newKeySet();
    private volatile boolean stopped;
    private @Nullable RunFailed broken;

    /**
     * @param jobs cases at a time; each is told that it has its share of the cores
     * @param retries further attempts after a failure
     * @param finished told of each case that came to an end
     */
    public LocalRunner(SweepPlan plan, int jobs, int retries, BiConsumer<SweepPlan.Case, CaseFolder.State> finished) {
        this.plan = plan;
        this.jobs = jobs;
        this.retries = retries;
        this.finished = finished;
    }

    /**
     * Runs all cases that are not done; returns when they came to an end or {@link #stop} was called.
     *
     * @throws RunFailed if a case could not be started or its outcome not be kept; the other cases have run
     */
    public void run() throws InterruptedException {
        plan.cases().stream().filter(one -> !plan.folderOf(one).isDone()).forEach(queue::add);
        List<Thread> workers = new ArrayList<>();
        for (int i = 0; i < jobs; i++) {
            workers.add(Thread.ofPlatform().name("muflex-sweep-" + i).start(this::work));
        }
        for (Thread worker : workers) {
            worker.join();
        }
        synchronized (this) {
            if (broken != null) {
                throw broken;
            }
        }
    }

    /** Begins no further case and ends those that run, which may keep what they have. */
    public void stop() {
        stopped = true;
        running.forEach(Process::destroy);
        for (Process process : running) {
            try {
                process.waitFor();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void work() {
        SweepPlan.Case one = next();
        while (one != null && !stopped) {
            try {
                runCase(one);
            } catch (IOException e) {
                remember(one, e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
            one = next();
        }
    }

    /** For the end of the run: a worker that died of it would leave the other cases. */
    private synchronized void remember(SweepPlan.Case one, IOException e) {
        if (broken == null) {
            broken = new RunFailed(
                    "sweep: expected to start case " + one.index() + " and keep what it leaves, got "
                            + Failures.message(e) + "; mend that and run the sweep again",
                    e);
        } else {
            broken.addSuppressed(e);
        }
    }

    private synchronized SweepPlan.@Nullable Case next() {
        return queue.poll();
    }

    private void runCase(SweepPlan.Case one) throws IOException, InterruptedException {
        CaseFolder folder = plan.folderOf(one);
        synchronized (this) {
            if (folder.isClaimed() && deferred.add(one.index())) {
                queue.add(one);
                return;
            }
        }
        for (int attempt = 0; attempt <= retries && !folder.isDone() && !stopped; attempt++) {
            int failures = folder.failures();
            int code = process(one, folder);
            if (code != 0 && !stopped && folder.failures() == failures && !folder.isDone()) {
                CaseRunner.crashed(plan, one.index(), code, folder.log());
            }
        }
        if (!stopped) {
            finished.accept(one, folder.state());
        }
    }

    private int process(SweepPlan.Case one, CaseFolder folder) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        if (jobs > 1) {
            int cores = Math.max(1, Runtime.getRuntime().availableProcessors() / jobs);
            command.add("-XX:ActiveProcessorCount=" + cores);
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "muflex.experiments.Main"));
        // Further attempts are this process's: a crash is one of them.
        command.addAll(List.of("sweep", "run", plan.folder().toString(), "--retries", "0"));
        command.addAll(List.of("--index", Integer.toString(one.index())));
        Files.createDirectories(folder.log().getParent());
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.log().toFile()))
                .start();
        running.add(process);
        try {
            if (stopped) {
                // stop() may have looked before this one was there.
                process.destroy();
            }
            return process.waitFor();
        } finally {
            running.remove(process);
        }
    }
}
