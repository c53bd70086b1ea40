package muflex.engine.translate;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The class files of kernels, found as resources of a class loader and parsed once. */
public final class ClassFiles {
    private final ClassLoader loader;
    private final Map<String, ClassModel> parsed = new HashMap<>();

    public ClassFiles(ClassLoader loader) {
        this.loader = loader;
    }

    /** The class with this internal name, or null where there is none. */
    synchronized @Nullable ClassModel find(String internalName) {
        ClassModel known = parsed.get(internalName);
        if (known != null) {
            return known;
        }
        try (InputStream in = loader.getResourceAsStream(internalName + ".class")) {
            if (in == null) {
                return null;
            }
            ClassModel model = ClassFile.of().parse(in.readAllBytes());
            parsed.put(internalName, model);
            return model;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The method of this name, and descriptor unless that is null; null where there is none. */
    @Nullable
    MethodModel method(String internalName, String name, @Nullable String descriptor) {
        ClassModel owner = find(internalName);
        if (owner == null) {
            return null;
        }
        for (MethodModel method : owner.methods()) {
            if (method.methodName().equalsString(name)
                    && (descriptor == null || method.methodType().equalsString(descriptor))) {
                return method;
            }
        }
        return null;
    }
}
