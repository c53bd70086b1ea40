package muflex.engine.tornado;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import muflex.engine.offload.Code;
import muflex.engine.offload.Memory;

/** A translated program. TornadoVM compiles a file for each task, when the plan first runs. */
final class TornadoCode implements Code {
    private final TornadoAccelerator accelerator;
    private final String program;
    private final Path folder;
    private final Map<String, PrebuiltSource> kernels = new HashMap<>();

    /** Which arguments of a kernel are the same array, in the launches where some are. */
    private final List<List<Integer>> variants = new ArrayList<>();

    TornadoCode(TornadoAccelerator accelerator, String program, Path folder) {
        this.accelerator = accelerator;
        this.program = program;
        this.folder = folder;
    }

    @Override
    public Launch bind(String kernel, long items, int group, List<Object> arguments) {
        accelerator.tellTranslated(kernel);
        Prebuilt taken = accelerator.form();
        List<Integer> first = new ArrayList<>();
        List<Object> passed = new ArrayList<>();
        for (int i = 0; i < arguments.size(); i++) {
            int known = arguments.get(i) instanceof Memory ? arguments.indexOf(arguments.get(i)) : i;
            first.add(known);
            if (known == i) {
                passed.add(taken.passed(arguments.get(i)));
            }
        }
        String form = passed.size() == arguments.size() ? kernel : kernel + "_" + variants.indexOf(variant(first));
        Path file = folder.resolve(form + taken.extension());
        PrebuiltSource source = kernels.computeIfAbsent(form, key -> write(kernel, first, file));
        passed.add(accelerator.counter());
        if (taken.changesGroups()) {
            passed.add(group);
        }
        return new TornadoLaunch(accelerator, kernel, file, null, items, group, List.copyOf(passed), source.written());
    }

    /** Remembers which arguments are the same array. */
    private List<Integer> variant(List<Integer> first) {
        if (!variants.contains(first)) {
            variants.add(first);
        }
        return first;
    }

    private PrebuiltSource write(String kernel, List<Integer> first, Path file) {
        PrebuiltSource source = accelerator.vm().adapt(program, kernel, first);
        try {
            Files.createDirectories(folder);
            Files.writeString(file, source.text());
        } catch (IOException e) {
            throw new UncheckedIOException("kernel " + kernel + ": its source could not be written to " + file, e);
        }
        return source;
    }

    @Override
    public String listing() {
        return program;
    }

    @Override
    public void close() {
        // The plans hold what was compiled; launches close them.
    }
}
