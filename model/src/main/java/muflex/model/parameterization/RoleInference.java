package muflex.model.parameterization;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Gives roles to the tensors of a model that was built elsewhere, from two things that must agree: which axes grow
 * between a base model and a wider one, and the tensor's name. What they don't decide is an error that names the
 * choices; it is stated with {@link #with} ({@code --role NAME=ROLE} of {@code muflex mup roles}). Nothing is guessed.
 *
 * @param stated roles by tensor name, which go before inference
 * @param outFirst whether a matrix is {@code [out, in]}, as PyTorch's {@code Linear} keeps it; tables that are looked up
 *     by row (embeddings, positions) are {@code [in, out]} in either case
 */
public record RoleInference(Map<String, Role> stated, boolean outFirst) {

    /** Infers everything; a matrix is {@code [in, out]}. */
    public static final RoleInference AUTOMATIC = new RoleInference(Map.of(), false);

    /** Segments of names, with what they say; the first that matches counts. */
    private static final Map<String, Role> NAMES = names();

    public RoleInference {
        stated = Map.copyOf(stated);
    }

    /** States the role of one tensor. */
    public RoleInference with(String name, Role role) {
        Map<String, Role> more = new LinkedHashMap<>(stated);
        more.put(name, role);
        return new RoleInference(more, outFirst);
    }

    /** The same for matrices {@code [out, in]}. */
    public RoleInference withOutFirst() {
        return new RoleInference(stated, true);
    }

    /**
     * The roles of a model's tensors.
     *
     * @param base sizes by name in the base model
     * @param wider sizes by name in a model in which every dimension that ever grows is larger
     * @throws IllegalArgumentException naming the tensor and the choices, if its role isn't decided
     */
    public Map<String, Role> infer(Map<String, List<Integer>> base, Map<String, List<Integer>> wider) {
        Map<String, Role> roles = new LinkedHashMap<>();
        base.forEach((name, sizes) -> {
            List<Integer> other = wider.get(name);
            if (other == null || other.size() != sizes.size()) {
                throw new IllegalArgumentException("wider: expected " + name + " with " + sizes.size()
                        + " axes, as in the base model, got " + other + "; build both from one definition");
            }
            roles.put(name, role(name, sizes, other));
        });
        refuseALoneEmbedding(roles);
        return roles;
    }

    /** Without a readout, an embedding may be one. */
    private void refuseALoneEmbedding(Map<String, Role> roles) {
        if (roles.containsValue(Role.READOUT)) {
            return;
        }
        roles.forEach((name, role) -> {
            if (role == Role.EMBEDDING && !stated.containsKey(name)) {
                throw new IllegalArgumentException("role of " + name
                        + ": expected a readout beside the embedding, got none; state "
                        + Role.TIED_EMBEDDING.label() + " if it is the readout too, else "
                        + Role.EMBEDDING.label() + ": " + stating(name));
            }
        });
    }

    private Role role(String name, List<Integer> base, List<Integer> wider) {
        Role own = stated.get(name);
        if (own != null) {
            if (base.size() == 1 && own.kind() != Role.Kind.VECTOR) {
                throw new IllegalArgumentException("role of " + name + ": expected one of a vector ("
                        + Role.of(Role.Kind.VECTOR).stream().map(Role::label).collect(Collectors.joining(", "))
                        + "), since its sizes are " + base + ", got " + own.label() + "; state one of those");
            }
            return own;
        }
        Role named = byName(name);
        List<Role> choices = Role.of(kind(name, base, wider, named));
        if (named != null && choices.contains(named)) {
            return named;
        }
        String labels = choices.stream().map(Role::label).collect(Collectors.joining(", "));
        throw new IllegalArgumentException("role of " + name + ": expected "
                + (named == null ? "a name that decides between " : "one of the roles that its growth allows, ")
                + labels + ", got sizes " + base + " at the base and " + wider + " wider"
                + (named == null ? "" : " and a name that says " + named.label())
                + "; " + stating(name));
    }

    /** How to decide, on a command line and in Java. */
    private static String stating(String name) {
        return "state it with --role " + name + "=ROLE, or RoleInference.with";
    }

    private Role.Kind kind(String name, List<Integer> base, List<Integer> wider, @Nullable Role named) {
        if (base.size() == 1) {
            return Role.Kind.VECTOR;
        }
        if (base.size() != 2) {
            throw new IllegalArgumentException("role of " + name + ": expected a vector or a matrix, got " + base.size()
                    + " axes; " + stating(name));
        }
        boolean swapped = outFirst && (named == null || named.kind() != Role.Kind.INPUT);
        boolean in = !base.get(swapped ? 1 : 0).equals(wider.get(swapped ? 1 : 0));
        boolean out = !base.get(swapped ? 0 : 1).equals(wider.get(swapped ? 0 : 1));
        if (!in && !out) {
            throw new IllegalArgumentException("role of " + name + ": expected an axis that grows, got " + base
                    + " in both models; widen the second, or " + stating(name));
        }
        return in ? out ? Role.Kind.HIDDEN : Role.Kind.OUTPUT : Role.Kind.INPUT;
    }

    private static @Nullable Role byName(String name) {
        String dotted = "." + name.toLowerCase(Locale.ROOT).replace('/', '.') + ".";
        return NAMES.entrySet().stream()
                .filter(entry -> dotted.contains("." + entry.getKey() + "."))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(null);
    }

    /** Whole segments of the names of GPT-2, Llama and this project. */
    private static Map<String, Role> names() {
        Map<String, Role> names = new LinkedHashMap<>();
        put(names, Role.BIAS, "bias");
        put(names, Role.NORM_GAIN, "norm", "ln_1", "ln_2", "ln_f", "input_layernorm", "post_attention_layernorm");
        put(names, Role.EMBEDDING, "embedding", "wte", "embed_tokens", "tok_embeddings");
        put(names, Role.POSITION, "position", "wpe", "embed_positions");
        put(names, Role.READOUT, "readout", "lm_head", "unembed");
        put(names, Role.QUERY, "query", "q_proj", "wq");
        put(names, Role.KEY, "key", "k_proj", "wk");
        put(names, Role.VALUE, "value", "v_proj", "wv");
        put(names, Role.ATTENTION_OUT, "attention.out", "o_proj", "wo", "out_proj");
        put(names, Role.MLP_GATE, "mlp.gate", "gate_proj");
        put(names, Role.MLP_IN, "mlp.in", "up_proj", "c_fc", "fc1");
        put(names, Role.MLP_OUT, "mlp.out", "down_proj", "fc2");
        return names;
    }

    private static void put(Map<String, Role> names, Role role, String... segments) {
        for (String segment : segments) {
            names.put(segment, role);
        }
    }
}
