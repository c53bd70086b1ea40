package muflex.experiments.compare;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import muflex.attention.AttentionShape;
import muflex.attention.BlockMask;
import muflex.attention.MaskMod;
import muflex.attention.ScoreMod;
import muflex.engine.AttentionSpec;
import muflex.model.AttentionVariant;
import org.jspecify.annotations.Nullable;

/**
 * Variants that a user writes: a Java file whose {@code public static} fields of type {@link ScoreMod} and
 * {@link MaskMod} are variants of the fields' names.
 *
 * <pre>{@code
 * public class MyMods {
 *     public static final ScoreMod halved = (score, b, h, q, kv) -> score / 2;
 *     public static final MaskMod even = (b, h, q, kv) -> kv % 2 == 0;
 * }
 * }</pre>
 */
public final class UserMods {

    private UserMods() {}

    /** The variants there are, and those of {@code file} unless it is null. */
    public static List<Variant> known(@Nullable Path file) {
        List<Variant> known = new ArrayList<>(Variants.ALL);
        if (file != null) {
            read(file).forEach(mod -> known.add(mod.variant(file)));
        }
        return known;
    }

    /**
     * One field: a score mod or a mask.
     *
     * @param code its initialiser
     */
    public record UserMod(
            String name,
            String code,
            @Nullable ScoreMod score,
            @Nullable MaskMod mask) {

        /** For {@code muflex compare}; a mask may differ by batch and head. */
        public Variant variant(Path file) {
            String description = "From " + file.getFileName() + ".";
            String kind = score == null ? "mask: " : "score: ";
            return new Variant(name, description, kind + code, (shape, seed) -> spec(shape));
        }

        private AttentionSpec spec(AttentionShape shape) {
            AttentionSpec spec = AttentionSpec.of(shape).withScoreMod(score);
            return mask == null
                    ? spec
                    : spec.withMask(BlockMask.create(
                            mask, shape.batch(), shape.queryHeads(), shape.queryLength(), shape.kvLength()));
        }

        /** For {@code muflex train}. */
        public AttentionVariant attention() {
            return new AttentionVariant(name, score, mask);
        }
    }

    /** Compiles {@code file} and reads its mods. */
    public static List<UserMod> read(Path file) {
        if (!Files.isRegularFile(file) || !file.toString().endsWith(".java")) {
            throw new IllegalArgumentException("--mods: expected a .java file, got " + file
                    + "; write a class with public static ScoreMod or MaskMod fields");
        }
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        if (compiler == null) {
            throw new IllegalArgumentException(
                    "--mods: expected a JDK to compile " + file + ", got a JRE; run on a JDK");
        }
        try {
            Path classes = Files.createTempDirectory("muflex-mods");
            Map<String, String> codeByField = compile(compiler, file, classes);
            List<UserMod> mods = load(file, classes, codeByField);
            if (mods.isEmpty()) {
                throw new IllegalArgumentException(
                        "--mods: expected public static ScoreMod or MaskMod fields, got none in " + file
                                + "; declare one, such as public static final MaskMod even = (b, h, q, kv) -> kv % 2 == 0;");
            }
            return mods;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The initialisers of all fields, by name. */
    private static Map<String, String> compile(JavaCompiler compiler, Path file, Path classes) throws IOException {
        DiagnosticCollector<JavaFileObject> problems = new DiagnosticCollector<>();
        Map<String, String> code = new LinkedHashMap<>();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(problems, Locale.ROOT, null)) {
            List<String> options =
                    List.of("-g", "-d", classes.toString(), "-cp", System.getProperty("java.class.path"), "-proc:none");
            JavacTask task =
                    (JavacTask) compiler.getTask(null, files, problems, options, null, files.getJavaFileObjects(file));
            for (CompilationUnitTree unit : task.parse()) {
                initialisers(unit, Trees.instance(task).getSourcePositions(), code);
            }
            task.generate();
        }
        String errors = problems.getDiagnostics().stream()
                .filter(problem -> problem.getKind() == Diagnostic.Kind.ERROR)
                .map(problem -> "line " + problem.getLineNumber() + ": " + problem.getMessage(Locale.ROOT))
                .collect(Collectors.joining("; "));
        if (!errors.isEmpty()) {
            throw new IllegalArgumentException(
                    "--mods: expected Java that compiles, got errors in " + file + "; " + errors);
        }
        return code;
    }

    private static void initialisers(CompilationUnitTree unit, SourcePositions positions, Map<String, String> code)
            throws IOException {
        CharSequence source = unit.getSourceFile().getCharContent(true);
        for (Tree type : unit.getTypeDecls()) {
            if (!(type instanceof ClassTree declared)) {
                continue;
            }
            for (Tree member : declared.getMembers()) {
                if (member instanceof VariableTree field && field.getInitializer() != null) {
                    int start = (int) positions.getStartPosition(unit, field.getInitializer());
                    int end = (int) positions.getEndPosition(unit, field.getInitializer());
                    code.put(
                            field.getName().toString(),
                            source.subSequence(start, end).toString());
                }
            }
        }
    }

    private static List<UserMod> load(Path file, Path classes, Map<String, String> codeByField) throws IOException {
        String name = file.getFileName().toString().replaceFirst("\\.java$", "");
        // Not closed: the lifter reads the class's bytes through it for as long as the mods live.
        URLClassLoader loader =
                new URLClassLoader(new URL[] {classes.toUri().toURL()}, UserMods.class.getClassLoader());
        List<UserMod> mods = new ArrayList<>();
        try {
            for (Field field : Class.forName(name, true, loader).getFields()) {
                Object value = Modifier.isStatic(field.getModifiers()) ? field.get(null) : null;
                String code = codeByField.getOrDefault(field.getName(), "");
                if (value instanceof ScoreMod score) {
                    mods.add(new UserMod(field.getName(), code, score, null));
                } else if (value instanceof MaskMod mask) {
                    mods.add(new UserMod(field.getName(), code, null, mask));
                }
            }
        } catch (ClassNotFoundException e) {
            throw new IllegalArgumentException("--mods: expected a public class " + name + " without a package in "
                    + file + ", got another; rename the class or the file");
        } catch (IllegalAccessException e) {
            throw new IllegalArgumentException(
                    "--mods: expected a public class in " + file + ", got " + e.getMessage() + "; make it public");
        }
        return mods;
    }
}
