package muflex.model.parameterization;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A rule's JSON form. Powers are text such as {@code "d^-1/2 * fan_in"}. With {@code "extends"}, the name of a named
 * rule, all that is left out is that rule's; without it a power that is left out is 1 and every role must be there. A
 * key of {@code tensors} is a role, or a kind ({@code "hidden"}) that stands for all roles of it; a role's own entry is
 * added to its kind's. An unknown key is an error.
 */
public final class ParameterizationJson {

    private static final JsonMapper MAPPER =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private ParameterizationJson() {}

    public static String write(Parameterization rule) {
        return MAPPER.writeValueAsString(toTree(rule));
    }

    /** @throws IllegalArgumentException naming the key, what was expected and what was found */
    public static Parameterization read(String json) {
        JsonNode tree;
        try {
            tree = MAPPER.readTree(json);
        } catch (JacksonException e) {
            throw new IllegalArgumentException("rule: expected JSON, got " + e.getOriginalMessage(), e);
        }
        return fromTree(tree);
    }

    public static ObjectNode toTree(Parameterization rule) {
        ObjectNode tree = MAPPER.createObjectNode();
        tree.put("name", rule.name());
        tree.put("source", rule.source());
        put(tree, "attentionScale", rule.attentionScale());
        put(tree, "residualMultiplier", rule.residualMultiplier());
        ObjectNode tensors = tree.putObject("tensors");
        rule.tensors().forEach((role, tensor) -> {
            ObjectNode node = tensors.putObject(role.label());
            put(node, "multiplier", tensor.multiplier());
            put(node, "std", tensor.std());
            putOptimizer(node, "adam", tensor.adam());
            putOptimizer(node, "sgd", tensor.sgd());
            putOptimizer(node, "muon", tensor.muon());
        });
        return tree;
    }

    public static Parameterization fromTree(JsonNode tree) {
        requireKeys(
                "rule", tree, Set.of("name", "source", "extends", "attentionScale", "residualMultiplier", "tensors"));
        Parameterization parent = tree.has("extends")
                ? Parameterizations.byName(tree.path("extends").asString())
                : null;
        Map<Role, TensorRule> tensors = new EnumMap<>(Role.class);
        if (parent != null) {
            tensors.putAll(parent.tensors());
        }
        if (parent == null || tree.has("tensors")) {
            JsonNode entries = tree.path("tensors");
            forEach("rule.tensors", entries, (key, node) -> kind(key).forEach(role -> add(tensors, role, key, node)));
            forEach("rule.tensors", entries, (key, node) -> {
                if (kind(key).isEmpty()) {
                    add(tensors, Role.ofLabel(key), key, node);
                }
            });
        }
        return new Parameterization(
                tree.path("name").asString("unnamed"),
                tree.path("source").asString(""),
                tensors,
                power("rule", tree, "attentionScale", parent == null ? Power.ONE : parent.attentionScale()),
                power("rule", tree, "residualMultiplier", parent == null ? Power.ONE : parent.residualMultiplier()));
    }

    /** The roles of the kind of that name; none if there is no such kind. */
    private static List<Role> kind(String key) {
        return Arrays.stream(Role.Kind.values())
                .filter(kind -> kind.name().toLowerCase(Locale.ROOT).equals(key))
                .flatMap(kind -> Role.of(kind).stream())
                .toList();
    }

    private static void add(Map<Role, TensorRule> tensors, Role role, String key, JsonNode node) {
        tensors.put(role, tensor(key, node, tensors.getOrDefault(role, TensorRule.CONSTANT)));
    }

    private static TensorRule tensor(String key, JsonNode node, TensorRule other) {
        requireKeys(key, node, Set.of("multiplier", "std", "adam", "sgd", "muon"));
        return new TensorRule(
                power(key, node, "multiplier", other.multiplier()),
                power(key, node, "std", other.std()),
                optimizer(key + ".adam", node.path("adam"), other.adam()),
                optimizer(key + ".sgd", node.path("sgd"), other.sgd()),
                optimizer(key + ".muon", node.path("muon"), other.muon()));
    }

    private static OptimizerRule optimizer(String where, JsonNode node, OptimizerRule other) {
        if (node.isMissingNode()) {
            return other;
        }
        requireKeys(where, node, Set.of("learningRate", "weightDecay", "eps"));
        return new OptimizerRule(
                power(where, node, "learningRate", other.learningRate()),
                power(where, node, "weightDecay", other.weightDecay()),
                power(where, node, "eps", other.eps()));
    }

    private static Power power(String where, JsonNode parent, String key, Power other) {
        JsonNode node = parent.path(key);
        if (node.isMissingNode()) {
            return other;
        }
        if (!node.isString()) {
            throw new IllegalArgumentException(where + "." + key
                    + ": expected a power as text, such as \"fan_in^-1/2\", got " + node + "; quote it");
        }
        return Power.parse(node.asString());
    }

    private static void requireKeys(String where, JsonNode node, Set<String> known) {
        forEach(where, node, (key, _) -> {
            if (!known.contains(key)) {
                throw new IllegalArgumentException(where + ": expected keys among "
                        + known.stream().sorted().toList() + ", got '" + key + "'; correct or remove it");
            }
        });
    }

    private static void forEach(String where, JsonNode node, BiConsumer<String, JsonNode> action) {
        if (!node.isObject()) {
            throw new IllegalArgumentException(
                    where + ": expected a JSON object, got " + (node.isMissingNode() ? "nothing" : node) + "; add it");
        }
        node.properties().forEach(entry -> action.accept(entry.getKey(), entry.getValue()));
    }

    private static void putOptimizer(ObjectNode parent, String key, OptimizerRule rule) {
        if (!rule.equals(OptimizerRule.CONSTANT)) {
            ObjectNode node = parent.putObject(key);
            put(node, "learningRate", rule.learningRate());
            put(node, "weightDecay", rule.weightDecay());
            put(node, "eps", rule.eps());
        }
    }

    private static void put(ObjectNode parent, String key, Power power) {
        if (!power.equals(Power.ONE)) {
            parent.put(key, power.toString());
        }
    }
}
