package muflex.model.parameterization;

import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A rule's JSON form. Powers are text such as {@code "d^-1/2 * fan_in"}; a power that is left out is 1, an unknown
 * key is an error, and every role must be there.
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
        requireKeys("rule", tree, Set.of("name", "source", "attentionScale", "residualMultiplier", "tensors"));
        Map<Role, TensorRule> tensors = new EnumMap<>(Role.class);
        forEach("rule.tensors", tree.path("tensors"), (key, node) -> tensors.put(Role.ofLabel(key), tensor(key, node)));
        return new Parameterization(
                tree.path("name").asString("unnamed"),
                tree.path("source").asString(""),
                tensors,
                power("rule", tree, "attentionScale"),
                power("rule", tree, "residualMultiplier"));
    }

    private static TensorRule tensor(String role, JsonNode node) {
        requireKeys(role, node, Set.of("multiplier", "std", "adam", "sgd", "muon"));
        return new TensorRule(
                power(role, node, "multiplier"),
                power(role, node, "std"),
                optimizer(role + ".adam", node.path("adam")),
                optimizer(role + ".sgd", node.path("sgd")),
                optimizer(role + ".muon", node.path("muon")));
    }

    private static OptimizerRule optimizer(String where, JsonNode node) {
        if (node.isMissingNode()) {
            return OptimizerRule.CONSTANT;
        }
        requireKeys(where, node, Set.of("learningRate", "weightDecay", "eps"));
        return new OptimizerRule(
                power(where, node, "learningRate"), power(where, node, "weightDecay"), power(where, node, "eps"));
    }

    private static Power power(String where, JsonNode parent, String key) {
        JsonNode node = parent.path(key);
        if (node.isMissingNode()) {
            return Power.ONE;
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
