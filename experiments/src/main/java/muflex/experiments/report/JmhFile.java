package muflex.experiments.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * Reads JMH's JSON as rows of experiment {@code jmh}: each iteration of each fork a sample, in nanoseconds an operation.
 * JMH does not tell the machine, so the rows' environment is this JVM's; read a file where it was written.
 */
public final class JmhFile {

    private static final Map<String, Double> NANOS = Map.of("ns/op", 1.0, "us/op", 1e3, "ms/op", 1e6, "s/op", 1e9);

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
                Environment.current(),
                Git.here(),
                0,
                "scripts/bench " + name + parameters(result),
                null);
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
