package muflex.experiments.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * Reads JMH's JSON as rows of experiment {@code jmh}: each iteration of each fork a sample, in nanoseconds an operation.
 * JMH tells the JVM and its flags, and scripts/bench the commit in one of them, but not the machine, which is taken to be
 * this one; read a file where it was written. Without scripts/bench the commit is unknown.
 */
public final class JmhFile {

    private static final Map<String, Double> NANOS = Map.of("ns/op", 1.0, "us/op", 1e3, "ms/op", 1e6, "s/op", 1e9);

    private static final String COMMIT = "-Dmuflex.commit=";

    private JmhFile() {}

    /** Whether a text is JMH's and not rows. */
    public static boolean isJmh(String text) {
        return text.stripLeading().startsWith("[") && text.contains("\"jmhVersion\"");
    }

    /** @param started when the file was written */
    public static List<Row> rows(String text, String started) {
        List<Row> rows = new ArrayList<>();
        for (JsonNode result : Json.tree(text)) {
            rows.add(row(result, started));
        }
        return rows;
    }

    private static Row row(JsonNode result, String started) {
        String name = result.path("benchmark").asString("");
        Map<String, String> axes = new LinkedHashMap<>();
        axes.put("benchmark", name.replaceFirst("^.*\\.([^.]+\\.[^.]+)$", "$1"));
        result.path("params")
                .properties()
                .forEach(param -> axes.put(param.getKey(), param.getValue().asString("")));
        JsonNode metric = result.path("primaryMetric");
        Double unit = NANOS.get(metric.path("scoreUnit").asString(""));
        if (unit == null || !metric.path("rawData").isArray()) {
            throw new IllegalArgumentException("JMH result " + name + ": expected raw times an operation, got "
                    + metric.path("scoreUnit").asString("none") + "; run it in mode avgt");
        }
        List<Long> samples = new ArrayList<>();
        metric.path("rawData").forEach(fork -> fork.forEach(value -> samples.add(Math.round(value.asDouble() * unit))));
        Samples all = new Samples(samples.stream().mapToLong(Long::longValue).toArray());
        List<String> flags = new ArrayList<>();
        result.path("jvmArgs").forEach(flag -> flags.add(flag.asString("")));
        return new Row(
                Row.SCHEMA,
                "jmh",
                started,
                Row.Status.OK,
                null,
                null,
                axes,
                "",
                null,
                List.of(),
                Row.Timing.of(all, result.path("warmupIterations").asInt(0), 0, samples.getFirst()),
                null,
                null,
                null,
                null,
                null,
                null,
                environment(result, flags),
                git(flags),
                0,
                "scripts/bench " + name + parameters(result),
                null);
    }

    private static Environment environment(JsonNode result, List<String> flags) {
        Environment here = Environment.current();
        return new Environment(
                here.cpu(),
                here.cores(),
                here.memoryBytes(),
                here.os(),
                result.path("vmName").asString("") + " "
                        + result.path("vmVersion").asString(""),
                flags,
                here.maxHeapBytes(),
                here.vectorBits(),
                here.host(),
                null);
    }

    private static Git git(List<String> flags) {
        String commit = flags.stream()
                .filter(flag -> flag.startsWith(COMMIT))
                .map(flag -> flag.substring(COMMIT.length()))
                .findFirst()
                .orElse(null);
        return new Git(commit, flags.contains("-Dmuflex.dirty=true"));
    }

    private static String parameters(JsonNode result) {
        StringBuilder options = new StringBuilder();
        result.path("params")
                .properties()
                .forEach(param -> options.append(
                        " -p " + param.getKey() + "=" + param.getValue().asString("")));
        return options.toString();
    }
}
