package muflex.experiments.sweep;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import muflex.experiments.BadInput;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** Reads an experiment from YAML; JSON is YAML too. */
public final class ExperimentFile {

    private static final ObjectMapper YAML = YAMLMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();
    private static final Set<String> KEYS = Set.of("command", "axes", "options", "skip", "cases");

    private final Path file;
    private final JsonNode root;

    private ExperimentFile(Path file, JsonNode root) {
        this.file = file;
        this.root = root;
    }

    public static Experiment read(Path file) {
        String text;
        try {
            text = Files.readString(file);
        } catch (IOException e) {
            throw BadInput.of("experiment", "a file that can be read", file, "check the path");
        }
        JsonNode root;
        try {
            root = YAML.readTree(text);
        } catch (JacksonException e) {
            throw BadInput.of(
                    "experiment " + file,
                    "YAML or JSON",
                    "line " + e.getLocation().getLineNr() + ": "
                            + e.getOriginalMessage().lines().findFirst().orElse(""),
                    "mend that line");
        }
        return new ExperimentFile(file, root).experiment();
    }

    private Experiment experiment() {
        if (!root.isObject()) {
            throw wrong("", "command, axes, options, skip, cases", "something else");
        }
        root.propertyNames().forEach(key -> {
            if (!KEYS.contains(key)) {
                throw wrong("", "command, axes, options, skip, cases", key);
            }
        });
        JsonNode command = root.path("command");
        if (!command.isString()) {
            throw wrong(" command", "compare, train or another that `muflex sweep plan --help` names", command);
        }
        return new Experiment(
                command.stringValue(), axes(), values("options", root.path("options")), list("skip"), list("cases"));
    }

    private Map<String, List<String>> axes() {
        Map<String, List<String>> axes = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> axis :
                properties("axes", root.path("axes")).entrySet()) {
            List<String> values = new ArrayList<>();
            if (axis.getValue().isArray()) {
                axis.getValue().forEach(value -> values.add(scalar("axes." + axis.getKey(), value)));
            } else {
                values.add(scalar("axes." + axis.getKey(), axis.getValue()));
            }
            axes.put(axis.getKey(), values);
        }
        return axes;
    }

    private List<Map<String, String>> list(String key) {
        List<Map<String, String>> found = new ArrayList<>();
        JsonNode node = root.path(key);
        if (!node.isMissingNode() && !node.isArray()) {
            throw wrong(" " + key, "a list of maps", node);
        }
        node.forEach(entry -> found.add(values(key, entry)));
        return found;
    }

    private Map<String, String> values(String key, JsonNode node) {
        Map<String, String> values = new LinkedHashMap<>();
        properties(key, node).forEach((name, value) -> {
            List<String> one = AxisValues.expand(name, List.of(scalar(key + "." + name, value)));
            if (one.size() != 1) {
                throw wrong(" " + key + "." + name, "one value", value);
            }
            values.put(name, one.getFirst());
        });
        return values;
    }

    private Map<String, JsonNode> properties(String key, JsonNode node) {
        if (!node.isMissingNode() && !node.isObject()) {
            throw wrong(" " + key, "a map of names to values", node);
        }
        Map<String, JsonNode> found = new LinkedHashMap<>();
        node.properties().forEach(entry -> found.put(entry.getKey(), entry.getValue()));
        return found;
    }

    private String scalar(String key, JsonNode value) {
        if (!value.isValueNode() || value.isNull()) {
            throw wrong(" " + key, "a text, a number, true or false", value);
        }
        return value.asString();
    }

    private BadInput wrong(String where, String expected, Object got) {
        return BadInput.of("experiment " + file + where, expected, got, "see docs/sweeps.md");
    }
}
