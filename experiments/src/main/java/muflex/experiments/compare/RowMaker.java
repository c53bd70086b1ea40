package muflex.experiments.compare;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import muflex.attention.AttentionShape;
import muflex.engine.AttentionSpec;
import muflex.engine.Device;
import muflex.experiments.report.Environment;
import muflex.experiments.report.Git;
import muflex.experiments.report.Row;
import org.jspecify.annotations.Nullable;

/** Writes one case's results as rows. */
final class RowMaker {

    private final Plan plan;
    private final Variant variant;
    private final AttentionShape shape;
    private final Environment environment;
    private final Git git;
    private final MeasuredCeilings ceilings;
    private final String started = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();

    /** @param shape as asked for, before the variant changed it */
    RowMaker(
            Plan plan,
            Variant variant,
            AttentionShape shape,
            Environment environment,
            Git git,
            MeasuredCeilings ceilings) {
        this.plan = plan;
        this.variant = variant;
        this.shape = shape;
        this.environment = environment;
        this.git = git;
        this.ceilings = ceilings;
    }

    /** Rows of a case that nothing could run, one a device and direction. */
    List<Row> broken(Throwable failure) {
        List<Row> rows = new ArrayList<>();
        for (Direction direction : Direction.values()) {
            for (Device device : plan.devices()) {
                Contender.Attempt attempt = new Contender.Attempt();
                attempt.failed(failure);
                rows.add(row(attempt, axes(shape, device.id(), direction), device.description(), null, null));
            }
        }
        return rows;
    }

    List<Row> rows(AttentionSpec spec, List<Contender> contenders) {
        List<Row> rows = new ArrayList<>();
        for (Direction direction : Direction.values()) {
            Row.Work work = WorkCount.of(spec, direction);
            Row.Timing against = contenders.stream()
                    .filter(contender -> contender.id().equals(plan.against()))
                    .findFirst()
                    .map(contender -> contender.attempt(direction).timing())
                    .orElse(null);
            for (Contender contender : contenders) {
                if (!contender.has(direction)) {
                    continue;
                }
                Contender.Attempt attempt = contender.attempt(direction);
                Row.Timing timing = attempt.timing();
                rows.add(row(
                        attempt,
                        axes(spec.shape(), contender.id(), direction),
                        contender.description(),
                        work,
                        timing == null ? null : rates(work, attempt, timing, against)));
            }
        }
        return rows;
    }

    private Row row(
            Contender.Attempt attempt,
            Map<String, String> axes,
            String description,
            Row.@Nullable Work work,
            Row.@Nullable Rates rates) {
        return new Row(
                Row.SCHEMA,
                "compare",
                started,
                attempt.status(),
                attempt.message(),
                attempt.stackTrace(),
                axes,
                description,
                driver(axes.get("device")),
                attempt.accuracy(),
                attempt.timing(),
                attempt.phases(),
                work,
                rates,
                ceilings.of(axes.get("device")),
                null,
                null,
                environment,
                git,
                plan.seed(),
                command(axes.get("device")),
                null);
    }

    private @Nullable String driver(@Nullable String id) {
        return plan.devices().stream()
                .filter(device -> device.id().equals(id))
                .map(Device::driver)
                .filter(driver -> !driver.isEmpty())
                .findFirst()
                .orElse(null);
    }

    private Map<String, String> axes(AttentionShape actual, String device, Direction direction) {
        Map<String, String> axes = new LinkedHashMap<>();
        axes.put("variant", variant.name());
        axes.put("shape", ShapeText.of(shape));
        axes.put("kvHeads", Integer.toString(actual.kvHeads()));
        axes.put("dtype", "float32");
        axes.put("device", device);
        axes.put("direction", direction.toString());
        if (plan.block() != null) {
            axes.put("block", plan.block());
        }
        return axes;
    }

    private Row.Rates rates(Row.Work work, Contender.Attempt attempt, Row.Timing timing, Row.@Nullable Timing against) {
        return new Row.Rates(
                work.flops() / timing.median(),
                work.bytes() / timing.median(),
                attempt.joules(),
                against == null ? null : (Double) (against.median() / timing.median()),
                against == null ? null : plan.against());
    }

    private String command(@Nullable String device) {
        String devices = plan.devices().stream()
                .map(Device::id)
                .filter(id -> id.equals(device) || id.equals(plan.against()))
                .collect(Collectors.joining(","));
        StringBuilder command = new StringBuilder(System.getProperty("muflex.launcher", "scripts/muflex compare"))
                .append(" --variants " + variant.name())
                .append(" --devices ")
                .append(devices.isEmpty() ? plan.devices().getFirst().id() : devices)
                .append(" --shapes " + ShapeText.of(shape))
                .append(" --repeat " + plan.repeat())
                .append(" --seed " + plan.seed());
        if (!plan.against().equals(Contender.NAIVE)) {
            command.append(" --against " + plan.against());
        }
        if (!plan.naive()) {
            command.append(" --no-naive");
        }
        if (plan.block() != null) {
            command.append(" --block " + plan.block());
        }
        if (plan.checkHeads() > 0) {
            command.append(" --check-heads " + plan.checkHeads());
        }
        return plan.mods() == null ? command.toString() : command + " --mods " + plan.mods();
    }
}
