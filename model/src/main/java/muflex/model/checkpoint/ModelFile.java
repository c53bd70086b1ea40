package muflex.model.checkpoint;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import muflex.model.AttentionVariant;
import muflex.model.ModelSpec;
import muflex.model.TrainedModel;
import muflex.model.TransformerConfig;
import muflex.model.parameterization.InitialScales;
import muflex.model.parameterization.ParameterizationJson;
import muflex.model.parameterization.Role;
import muflex.model.parameterization.TensorSpec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A model as one safetensors file. Its metadata holds the configuration, the rule, the base model and every tensor's
 * role as JSON text, so the file alone is enough to use or widen the model.
 */
public final class ModelFile {

    private static final String FORMAT = "muflex.format";
    private static final String CONFIG = "muflex.config";
    private static final String BASE = "muflex.base";
    private static final String RULE = "muflex.rule";
    private static final String SCALES = "muflex.scales";
    private static final String ROLES = "muflex.roles";
    private static final String ATTENTION = "muflex.attention";
    private static final String VERSION = "1";

    private static final JsonMapper MAPPER = JsonMapper.shared();

    private ModelFile() {}

    /** Writes {@code file} atomically. */
    public static void write(Path file, TrainedModel model) throws IOException {
        ModelSpec spec = model.spec();
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put(FORMAT, VERSION);
        metadata.put(CONFIG, MAPPER.writeValueAsString(spec.config()));
        metadata.put(BASE, MAPPER.writeValueAsString(spec.base()));
        metadata.put(RULE, ParameterizationJson.toTree(spec.rule()).toString());
        metadata.put(SCALES, MAPPER.writeValueAsString(spec.scales()));
        metadata.put(ROLES, MAPPER.writeValueAsString(roles(model)));
        metadata.put(ATTENTION, model.variant().name());
        Safetensors.write(file, new Safetensors.Contents(metadata, entries(model.tensors(), model.parameters())));
    }

    /** Named arrays with the shapes of {@code tensors}. */
    public static Map<String, Safetensors.Entry> entries(List<TensorSpec> tensors, Map<String, float[]> values) {
        Map<String, Safetensors.Entry> entries = new LinkedHashMap<>();
        for (TensorSpec tensor : tensors) {
            float[] array = values.get(tensor.name());
            if (array == null) {
                throw new IllegalArgumentException(
                        "values: expected an array for " + tensor.name() + ", got none; pass all tensors");
            }
            entries.put(tensor.name(), new Safetensors.Entry(tensor.sizes(), array));
        }
        return entries;
    }

    /** Reads a model with plain causal attention. */
    public static TrainedModel read(Path file) throws IOException {
        return read(file, AttentionVariant.CAUSAL);
    }

    /**
     * Reads a model.
     *
     * @param variant code doesn't travel in files: the variant that the model was trained with
     * @throws IllegalArgumentException if the file is damaged, of another kind, or was trained with another variant
     */
    public static TrainedModel read(Path file, AttentionVariant variant) throws IOException {
        Safetensors.Contents contents = Safetensors.read(file);
        String version = text(file, contents, FORMAT);
        if (!version.equals(VERSION)) {
            throw new IllegalArgumentException(file.getFileName() + ": expected format " + VERSION + ", got " + version
                    + "; read it with the MuFlex that wrote it");
        }
        String trained = text(file, contents, ATTENTION);
        if (!trained.equals(variant.name())) {
            throw new IllegalArgumentException("attention: expected '" + trained + "', with which " + file.getFileName()
                    + " was trained, got '" + variant.name() + "'; pass that variant");
        }
        ModelSpec spec = new ModelSpec(
                config(file, contents, CONFIG),
                ParameterizationJson.read(text(file, contents, RULE)),
                config(file, contents, BASE),
                json(file, contents, SCALES, InitialScales.class));
        TrainedModel model = TrainedModel.empty(spec, variant);
        String roles = MAPPER.writeValueAsString(roles(model));
        if (!roles.equals(text(file, contents, ROLES))) {
            throw new IllegalArgumentException(file.getFileName() + ": expected the roles " + roles + ", got "
                    + text(file, contents, ROLES) + "; the file was made for another model");
        }
        fill(file, model.tensors(), contents.tensors(), model.parameters());
        return model;
    }

    /** Copies a file's tensors into arrays, after checking that both have the same names and shapes. */
    public static void fill(
            Path file, List<TensorSpec> expected, Map<String, Safetensors.Entry> found, Map<String, float[]> into) {
        if (found.size() != expected.size()) {
            throw new IllegalArgumentException(file.getFileName() + ": expected " + expected.size() + " tensors, got "
                    + found.size() + "; the file was made for another model");
        }
        for (TensorSpec tensor : expected) {
            Safetensors.Entry entry = found.get(tensor.name());
            float[] target = into.get(tensor.name());
            if (entry == null || target == null || !entry.shape().equals(tensor.sizes())) {
                throw new IllegalArgumentException(file.getFileName() + ": expected " + tensor.name() + " "
                        + tensor.sizes() + ", got " + (entry == null ? "nothing" : entry.shape())
                        + "; the file was made for another model");
            }
            System.arraycopy(entry.values(), 0, target, 0, target.length);
        }
    }

    /**
     * The roles that a header's metadata states, by tensor name.
     *
     * @param file names it in errors
     * @throws IllegalArgumentException if there are none, as in files that others wrote
     */
    public static Map<String, Role> roles(Path file, Safetensors.Header header) {
        String text = header.metadata().get(ROLES);
        if (text == null) {
            throw new IllegalArgumentException(
                    file.getFileName() + ": expected metadata " + ROLES + ", got none; give a file that MuFlex wrote");
        }
        try {
            Map<String, Role> roles = new LinkedHashMap<>();
            MAPPER.readTree(text)
                    .properties()
                    .forEach(entry -> roles.put(
                            entry.getKey(), Role.ofLabel(entry.getValue().asString(""))));
            return roles;
        } catch (JacksonException e) {
            throw new IllegalArgumentException(file.getFileName() + ": expected " + ROLES + " as JSON, got "
                    + DamagedJson.reason(e) + "; take another copy");
        }
    }

    private static Map<String, String> roles(TrainedModel model) {
        Map<String, String> roles = new LinkedHashMap<>();
        model.tensors().forEach(tensor -> roles.put(tensor.name(), tensor.role().label()));
        return roles;
    }

    private static String text(Path file, Safetensors.Contents contents, String key) {
        String text = contents.metadata().get(key);
        if (text == null) {
            throw new IllegalArgumentException(
                    file.getFileName() + ": expected metadata " + key + ", got none; give a file that MuFlex wrote");
        }
        return text;
    }

    private static TransformerConfig config(Path file, Safetensors.Contents contents, String key) {
        ObjectNode tree = json(file, contents, key, ObjectNode.class);
        if (!tree.has("tied")) {
            // Written before embeddings could be tied.
            tree.put("tied", false);
        }
        return MAPPER.treeToValue(tree, TransformerConfig.class);
    }

    private static <T> T json(Path file, Safetensors.Contents contents, String key, Class<T> type) {
        try {
            return MAPPER.readValue(text(file, contents, key), type);
        } catch (JacksonException e) {
            throw new IllegalArgumentException(
                    file.getFileName() + ": expected " + key + " as JSON, got " + DamagedJson.reason(e)
                            + "; take another copy",
                    e);
        }
    }
}
