package muflex.experiments.sweep;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import muflex.experiments.BadInput;
import muflex.experiments.report.Git;
import muflex.experiments.report.Json;
import muflex.experiments.report.RowFile;
import org.jspecify.annotations.Nullable;

/**
 * A sweep's numbered cases, in a file that never changes: {@code plan.jsonl}, a line about the whole and a line a case.
 * The first line has the digest of the others, so that a damaged or edited plan is noticed.
 */
public record SweepPlan(Path folder, Header header, List<Case> cases) {

    private static final int SCHEMA = 1;
    private static final String FILE = "plan.jsonl";

    /**
     * @param sweep the sweep's name
     * @param git the source that planned it
     * @param digest SHA-256 of the lines of the cases
     */
    public record Header(int schema, String sweep, String command, int cases, String digest, Git git) {}

    /**
     * @param index from 0
     * @param axes the case's values, in order
     * @param arguments of the command line that runs it
     */
    public record Case(int index, Map<String, String> axes, List<String> arguments) {}

    /** Numbers the cases of {@code experiment}; writes nothing. */
    public static SweepPlan of(Path folder, Experiment experiment, CaseArguments arguments) {
        List<Case> cases = new ArrayList<>();
        Map<List<String>, Integer> seen = new HashMap<>();
        for (Map<String, String> axes : experiment.product()) {
            Map<String, String> values = new LinkedHashMap<>(axes);
            experiment.options().forEach(values::putIfAbsent);
            List<String> line = arguments.of(experiment.command(), values);
            Integer before = seen.putIfAbsent(line, cases.size());
            if (before != null) {
                throw BadInput.of(
                        "cases",
                        "each once",
                        "cases " + before + " and " + cases.size() + " alike: " + String.join(" ", line),
                        "leave one out");
            }
            cases.add(new Case(cases.size(), axes, line));
        }
        if (cases.isEmpty()) {
            throw BadInput.of("axes", "at least one case", "none", "add an axis, or skip fewer");
        }
        String name = folder.toAbsolutePath().normalize().getFileName().toString();
        Header header = new Header(SCHEMA, name, experiment.command(), cases.size(), digest(lines(cases)), Git.here());
        return new SweepPlan(folder, header, cases);
    }

    /** Writes the plan; the same plan may be written again, another one not. */
    public void write() throws IOException {
        Path file = folder.resolve(FILE);
        if (Files.exists(file)) {
            if (read(folder).header().digest().equals(header.digest())) {
                return;
            }
            throw BadInput.of("--out", "a folder without another plan", folder, "choose another; a plan never changes");
        }
        RowFile.writeWhole(file, Json.write(header) + "\n" + String.join("\n", lines(cases)) + "\n");
        if (!file.toFile().setReadOnly()) {
            throw new IOException("can't make " + file + " read-only");
        }
    }

    /** Reads the plan in {@code folder}. */
    public static SweepPlan read(Path folder) {
        Path file = folder.resolve(FILE);
        List<String> lines;
        try {
            lines = Files.readAllLines(file);
        } catch (IOException e) {
            throw BadInput.of("sweep", "a folder with " + FILE, folder, "make one with `muflex sweep plan`");
        }
        Header header = lines.isEmpty() ? null : parse(lines.getFirst(), Header.class);
        List<String> rest = lines.isEmpty() ? List.of() : lines.subList(1, lines.size());
        if (header == null || !header.digest().equals(digest(rest))) {
            throw BadInput.of(
                    "sweep", "the plan as it was written", file + ", damaged or edited", "plan into a new folder");
        }
        List<Case> cases =
                rest.stream().map(line -> Json.read(line, Case.class)).toList();
        return new SweepPlan(folder, header, cases);
    }

    /** The case of that number. */
    public Case at(int index) {
        if (index < 0 || index >= cases.size()) {
            throw BadInput.of("--index", "0 to " + (cases.size() - 1), index, "`muflex sweep status` counts them");
        }
        return cases.get(index);
    }

    public CaseFolder folderOf(Case one) {
        int digits = Math.max(4, Integer.toString(cases.size() - 1).length());
        return new CaseFolder(folder.resolve("cases").resolve(("%0" + digits + "d").formatted(one.index())));
    }

    private static @Nullable Header parse(String line, Class<Header> type) {
        try {
            Header header = Json.read(line, type);
            return header.schema() == SCHEMA ? header : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static List<String> lines(List<Case> cases) {
        return cases.stream().map(Json::write).toList();
    }

    private static String digest(List<String> lines) {
        try {
            byte[] bytes = String.join("\n", lines).getBytes(StandardCharsets.UTF_8);
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
