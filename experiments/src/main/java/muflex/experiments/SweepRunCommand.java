package muflex.experiments;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import muflex.experiments.sweep.CaseFolder;
import muflex.experiments.sweep.CaseRunner;
import muflex.experiments.sweep.LocalRunner;
import muflex.experiments.sweep.SweepPlan;
import muflex.experiments.sweep.SweepStatus;
import muflex.experiments.train.Interrupt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code muflex sweep run}. */
@Command(
        name = "run",
        description = {
            "Runs the cases of a sweep that are not done, each in a process of its own; Ctrl-C loses none that is done.",
            "With --index, runs that one case in this process, as a cluster's job does."
        },
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        footer = {"", "Examples:", "  muflex sweep run runs/lr --jobs 2", "  muflex sweep run runs/lr --index 17"})
final class SweepRunCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private CommandSpec spec;

    @Parameters(paramLabel = "FOLDER", description = "The sweep's folder, from `muflex sweep plan`.")
    @SuppressWarnings("NullAway.Init") // picocli requires it
    private Path folder;

    @Option(
            names = "--index",
            paramLabel = "N",
            description = "Run this case only, waiting if another process runs it.")
    private @Nullable Integer index;

    @Option(
            names = "--crashed",
            paramLabel = "CODE",
            description =
                    "With --index: run nothing, but record that the case's process ended with this exit code, as a"
                            + " cluster's job does when its JVM crashed.")
    private @Nullable Integer crashed;

    @Option(
            names = "--log",
            paramLabel = "FILE",
            description = "With --crashed: what the process printed; its end is kept.")
    private @Nullable Path log;

    @Option(
            names = "--jobs",
            paramLabel = "N",
            defaultValue = "1",
            description = "Cases at a time, each on its share of the cores. Times that shall count want 1.")
    private int jobs;

    @Option(
            names = "--retries",
            paramLabel = "N",
            defaultValue = "1",
            description = "Further attempts at a case that fails.")
    private int retries;

    @Option(names = "--in-process", description = "Run all cases in this process: no start of a JVM for each.")
    private boolean inProcess;

    @Override
    public Integer call() throws IOException, InterruptedException {
        SweepPlan plan = SweepPlan.read(folder);
        check();
        if (index != null) {
            CaseFolder folder = plan.folderOf(plan.at(index));
            if (crashed == null) {
                return one(plan, index);
            }
            if (!folder.isDone()) {
                CaseRunner.crashed(plan, index, crashed, log == null ? folder.log() : log);
            }
            return 0;
        }
        if (jobs > 1 && plan.header().command().equals("compare")) {
            spec.commandLine()
                    .getErr()
                    .println("cases side by side disturb one another's times; --jobs 1 if they count");
            spec.commandLine().getErr().flush();
        }
        Progress progress = Progress.onStandardError();
        if (inProcess) {
            inThisProcess(plan, progress);
        } else {
            inProcesses(plan, progress);
        }
        progress.clear();
        return summary(plan);
    }

    private void check() {
        if (jobs < 1) {
            throw BadInput.of("--jobs", "at least 1", jobs, "give a number of cases at a time");
        }
        if (crashed != null && index == null) {
            throw BadInput.of("--crashed", "--index beside it", "none", "name the case");
        }
        if (retries < 0) {
            throw BadInput.of("--retries", "at least 0", retries, "give a number of further attempts");
        }
    }

    private int one(SweepPlan plan, int number) throws IOException {
        try (Interrupt interrupt = new Interrupt()) {
            CaseRunner.Outcome outcome =
                    new CaseRunner(plan, SweepCommand.CASES, interrupt::requested).run(number, retries);
            PrintWriter to = spec.commandLine().getOut();
            to.println("case " + number + ": " + outcome.name().toLowerCase(Locale.ROOT));
            to.flush();
            return switch (outcome) {
                case DONE, SKIPPED -> 0;
                case STOPPED -> 1;
                case FAILED ->
                    throw new RunFailed("case " + number + ": "
                            + plan.folderOf(plan.at(number)).rows().rows().stream()
                                    .map(row -> row.message() == null ? "" : row.message())
                                    .filter(message -> !message.isEmpty())
                                    .findFirst()
                                    .orElse("failed"));
            };
        }
    }

    private void inThisProcess(SweepPlan plan, Progress progress) throws IOException {
        try (Interrupt interrupt = new Interrupt()) {
            CaseRunner runner = new CaseRunner(plan, SweepCommand.CASES, interrupt::requested);
            for (SweepPlan.Case one : plan.cases()) {
                if (interrupt.requested()) {
                    return;
                }
                runner.run(one.index(), retries);
                tell(
                        progress,
                        plan,
                        one,
                        plan.folderOf(one).state(),
                        one.index() + 1,
                        plan.cases().size());
            }
        }
    }

    private void inProcesses(SweepPlan plan, Progress progress) throws IOException, InterruptedException {
        int open = plan.cases().size()
                - SweepStatus.of(plan).in(CaseFolder.State.DONE).size();
        AtomicInteger done = new AtomicInteger();
        LocalRunner runner = new LocalRunner(
                plan, jobs, retries, (one, state) -> tell(progress, plan, one, state, done.incrementAndGet(), open));
        Thread hook = new Thread(runner::stop, "muflex-sweep-stop");
        Runtime.getRuntime().addShutdownHook(hook);
        progress.show(0, open + " cases");
        try {
            runner.run();
        } finally {
            Interrupt.remove(hook);
        }
    }

    private static void tell(
            Progress progress, SweepPlan plan, SweepPlan.Case one, CaseFolder.State state, int done, int of) {
        String what = "case " + one.index() + " " + state.name().toLowerCase(Locale.ROOT);
        if (state == CaseFolder.State.FAILED) {
            progress.line(what + ": " + plan.folderOf(one).log());
        }
        progress.show((double) done / of, done + " of " + of + ", " + what);
        progress.step("[" + done + "/" + of + "] " + what);
    }

    private int summary(SweepPlan plan) throws IOException {
        SweepStatus status = SweepStatus.of(plan);
        PrintWriter to = spec.commandLine().getOut();
        to.println(status.counts() + " of " + plan.cases().size());
        to.println("next: muflex sweep " + (status.isComplete() ? "collect " : "status ") + folder);
        to.flush();
        return status.isComplete() ? 0 : 1;
    }
}
