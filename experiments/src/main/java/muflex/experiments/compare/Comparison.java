package muflex.experiments.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import muflex.attention.AttentionShape;
import muflex.engine.AttentionSpec;
import muflex.engine.Device;
import muflex.experiments.report.Environment;
import muflex.experiments.report.Failures;
import muflex.experiments.report.Git;
import muflex.experiments.report.Row;
import muflex.experiments.report.Units;

/**
 * Runs a plan, a case at a time: every device's answer is checked against float64, then those that are right are
 * timed in turns.
 */
public final class Comparison {

    private final Plan plan;
    private final Environment environment;
    private final Git git;
    private final BiConsumer<Double, String> progress;
    private final Consumer<String> found;
    private final MeasuredCeilings ceilings = new MeasuredCeilings();

    /**
     * @param progress told the share of the plan that is done, and what comes now
     * @param found told of each case what forward takes, as soon as that is measured
     */
    public Comparison(
            Plan plan, Environment environment, Git git, BiConsumer<Double, String> progress, Consumer<String> found) {
        this.plan = plan;
        this.environment = environment;
        this.git = git;
        this.progress = progress;
        this.found = found;
    }

    /** Rows go to {@code results} case by case. A case that can't run gives rows that say so. */
    public void run(Results results) {
        run(results::add);
        AttentionShape shape = plan.shapes().getFirst();
        for (Variant variant : plan.variants()) {
            results.note(Notes.of(variant, shape, plan.seed()));
        }
    }

    /** Rows go to {@code sink} case by case. */
    public void run(Consumer<List<Row>> sink) {
        int done = 0;
        for (AttentionShape shape : plan.shapes()) {
            for (Variant variant : plan.variants()) {
                sink.accept(runCase(variant, shape, done));
                done++;
            }
        }
    }

    List<Row> runCase(Variant variant, AttentionShape shape, int casesBefore) {
        RowMaker maker = new RowMaker(plan, variant, shape, environment, git, ceilings);
        String name = variant.name() + " at " + ShapeText.of(shape);
        String numbered = "[" + (casesBefore + 1) + "/" + plan.cases() + "] " + name;
        try {
            AttentionSpec spec = plan.blocked(variant.at(shape, plan.seed()));
            List<Contender> contenders = checked(spec, casesBefore, name);
            try {
                tell(casesBefore, 0.5, "timing " + variant.name());
                time(contenders, Direction.FORWARD, plan.stopwatch(casesBefore == 0));
                found.accept(numbered + ", forward: " + times(contenders));
                tell(casesBefore, 0.7, "timing " + variant.name());
                time(contenders, Direction.BACKWARD, plan.stopwatch(casesBefore == 0));
                for (Device device : plan.devices()) {
                    tell(casesBefore, 0.9, "ceilings of " + device.id());
                    ceilings.of(device);
                }
                return maker.rows(spec, contenders);
            } finally {
                contenders.forEach(Contender::close);
            }
        } catch (RuntimeException e) {
            found.accept(numbered + ": " + Failures.message(e));
            return maker.broken(e);
        }
    }

    /** Everything that takes part, its answers checked; the plain loop comes first, if it is timed at all. */
    private List<Contender> checked(AttentionSpec spec, int casesBefore, String name) {
        Tensors tensors = Tensors.random(spec.shape(), plan.seed());
        Part part = Part.of(spec, tensors, plan.checkHeads());
        tell(casesBefore, 0, name + ": float64 reference");
        Gold gold = Gold.of(part.spec(), part.tensors());
        tell(casesBefore, 0.25, name + ": plain loop");
        Contender plain = Contender.naive(part.spec(), part.tensors());
        plain.attempt();
        List<Contender> contenders = new ArrayList<>();
        if (plan.naive()) {
            Contender naive = part.spec().equals(spec) ? plain : Contender.naive(spec, tensors);
            contenders.add(naive);
            if (!naive.equals(plain)) {
                naive.attempt();
            }
            naive.check(gold, plain.answer());
        }
        for (Device device : plan.devices()) {
            tell(casesBefore, 0.4, name + ": checking " + device.id());
            Contender contender = Contender.of(device, spec, tensors);
            contenders.add(contender);
            contender.attempt();
            contender.check(gold, plain.answer());
        }
        return contenders;
    }

    /** Times those whose answer in this direction was right. */
    private static void time(List<Contender> contenders, Direction direction, Stopwatch stopwatch) {
        List<Contender> right = contenders.stream()
                .filter(contender -> contender.has(direction))
                .filter(contender -> contender.attempt(direction).status() == Row.Status.OK)
                .toList();
        List<Stopwatch.Timed> times = stopwatch.time(
                right.stream().map(contender -> contender.turn(direction)).toList());
        for (int i = 0; i < right.size(); i++) {
            Contender contender = right.get(i);
            Contender.Attempt attempt = contender.attempt(direction);
            Stopwatch.Timed timed = times.get(i);
            attempt.timed(Row.Timing.of(timed.samples(), timed.warmups(), contender.compileNanos(), attempt.first()));
        }
    }

    /** What forward takes on each, or that it failed. */
    private static String times(List<Contender> contenders) {
        return contenders.stream()
                .map(contender -> {
                    Row.Timing timing = contender.attempt(Direction.FORWARD).timing();
                    return contender.id() + " " + (timing == null ? "failed" : Units.time(timing.median()));
                })
                .collect(Collectors.joining(", "));
    }

    private void tell(int casesBefore, double share, String what) {
        progress.accept((casesBefore + share) / plan.cases(), what);
    }
}
