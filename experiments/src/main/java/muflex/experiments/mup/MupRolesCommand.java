package muflex.experiments.mup;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import muflex.experiments.BadInput;
import muflex.experiments.report.Json;
import muflex.experiments.report.TextTable;
import muflex.model.checkpoint.ModelFile;
import muflex.model.checkpoint.RunFolder;
import muflex.model.checkpoint.Safetensors;
import muflex.model.parameterization.Role;
import muflex.model.parameterization.RoleInference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code muflex mup roles}. */
@Command(
        name = "roles",
        description = {
            "The role of each tensor in a model file: as MuFlex's own files state it, or, of any model, inferred from its",
            "file and that of the same model made wider: from which axes grow, and from the tensor's name. A tensor that",
            "they don't decide is an error that names it and the choices; --role states it. Nothing is guessed."
        },
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        footer = {
            "",
            "Examples:",
            "  muflex mup roles --checkpoint runs/java",
            "  muflex mup roles --checkpoint narrow.safetensors --wider wide.safetensors --layout OUT_IN",
            "  muflex mup roles --checkpoint narrow.safetensors --wider wide.safetensors --role wte.weight=tied_embedding"
        })
final class MupRolesCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private CommandSpec spec;

    @Option(
            names = "--checkpoint",
            required = true,
            paramLabel = "PATH",
            description = "A safetensors file, or the folder that `muflex train` wrote.")
    @SuppressWarnings("NullAway.Init") // picocli requires it
    private Path checkpoint;

    @Option(
            names = "--wider",
            paramLabel = "FILE",
            description = "The same model with every dimension larger that ever grows: infer, and read no roles.")
    private @Nullable Path wider;

    @Option(
            names = "--layout",
            paramLabel = "AXES",
            defaultValue = "IN_OUT",
            description = "A matrix's axes: ${COMPLETION-CANDIDATES}. PyTorch's Linear has OUT_IN.")
    private Layout layout = Layout.IN_OUT;

    @Option(
            names = "--role",
            paramLabel = "NAME=ROLE",
            description = "States a tensor's role; may be given several times.")
    private Map<String, String> stated = new LinkedHashMap<>();

    @Option(names = "--json", description = "Print one JSON object, roles by name.")
    private boolean json;

    /** How a matrix lies in the file. */
    enum Layout {
        IN_OUT,
        OUT_IN
    }

    @Override
    public Integer call() throws IOException {
        Path file = found(checkpoint);
        Safetensors.Header header = header(file);
        Map<String, Role> roles;
        if (wider == null) {
            if (!stated.isEmpty()) {
                throw BadInput.of("--role", "--wider beside it", "none", "name the wider model's file");
            }
            roles = BadInput.check(() -> ModelFile.roles(file, header));
        } else {
            Map<String, List<Integer>> others = header(wider).shapes();
            roles = BadInput.check(() -> inference(header).infer(header.shapes(), others));
        }
        PrintWriter to = spec.commandLine().getOut();
        to.print(json ? Json.write(roles) + System.lineSeparator() : table(header, roles));
        to.flush();
        return 0;
    }

    private RoleInference inference(Safetensors.Header header) {
        RoleInference inference = RoleInference.AUTOMATIC;
        for (Map.Entry<String, String> role : stated.entrySet()) {
            if (!header.shapes().containsKey(role.getKey())) {
                throw BadInput.of("--role", "a tensor of " + checkpoint, role.getKey(), "correct the name");
            }
            inference = inference.with(role.getKey(), Role.ofLabel(role.getValue()));
        }
        return layout == Layout.OUT_IN ? inference.withOutFirst() : inference;
    }

    private static String table(Safetensors.Header header, Map<String, Role> roles) {
        TextTable table = new TextTable().left("tensor").left("shape").left("role");
        roles.forEach((name, role) ->
                table.row(name, String.valueOf(header.shapes().getOrDefault(name, List.of())), role.label()));
        return table.toString();
    }

    private static Path found(Path path) throws IOException {
        try {
            return RunFolder.model(path);
        } catch (IllegalArgumentException e) {
            throw new BadInput(String.valueOf(e.getMessage()));
        }
    }

    private static Safetensors.Header header(Path file) throws IOException {
        try {
            return Safetensors.readHeader(file);
        } catch (IllegalArgumentException e) {
            throw new BadInput(String.valueOf(e.getMessage()));
        } catch (java.nio.file.NoSuchFileException _) {
            throw BadInput.of("--wider", "a safetensors file", file, "correct the path");
        }
    }
}
