package muflex.expr;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Class files of loaded classes, and the code of their methods. */
final class Classes {
    private final Map<Class<?>, ClassModel> models = new HashMap<>();
    private final Map<MethodModel, MethodCode> codes = new HashMap<>();

    /** The class file that {@code type} was loaded from. */
    ClassModel model(Class<?> type) {
        return models.computeIfAbsent(type, Classes::read);
    }

    private static ClassModel read(Class<?> type) {
        String name = type.getName();
        try (InputStream in = type.isHidden()
                ? null
                : type.getResourceAsStream(name.substring(name.lastIndexOf('.') + 1) + ".class")) {
            if (in == null) {
                throw new LiftException("lambda: expected a class whose class file can be read, got " + name
                        + " (of a REPL, or generated while running); compile it from a file, or use `interpret` mode,"
                        + " which calls the lambda itself");
            }
            return ClassFile.of().parse(in.readAllBytes());
        } catch (IOException e) {
            throw new LiftException(
                    "lambda: expected a class whose class file can be read, got " + name + ": " + e.getMessage()
                            + "; compile it from a file, or use `interpret` mode, which calls the lambda itself",
                    e);
        }
    }

    /** The code of that method as {@code type} itself declares it, or null if it doesn't. */
    @Nullable
    MethodCode find(Class<?> type, String name, String descriptor) {
        for (MethodModel method : model(type).methods()) {
            if (method.methodName().equalsString(name) && method.methodType().equalsString(descriptor)) {
                return method.findAttribute(Attributes.code())
                        .map(code -> codes.computeIfAbsent(method, _ -> new MethodCode(type, method, code)))
                        .orElse(null);
            }
        }
        return null;
    }

    /** The code of that method as an object of class {@code type} has it, or null if none is to be found. */
    @Nullable
    MethodCode findVirtual(Class<?> type, String name, String descriptor) {
        for (Class<?> c = type; c != null && c != Object.class; c = c.getSuperclass()) {
            MethodCode code = c.isHidden() ? null : find(c, name, descriptor);
            if (code != null) {
                return code;
            }
        }
        for (Class<?> c = type; c != null; c = c.getSuperclass()) {
            for (Class<?> i : c.getInterfaces()) {
                MethodCode code = findDefault(i, name, descriptor);
                if (code != null) {
                    return code;
                }
            }
        }
        return null;
    }

    private @Nullable MethodCode findDefault(Class<?> type, String name, String descriptor) {
        MethodCode code = find(type, name, descriptor);
        if (code != null) {
            return code;
        }
        for (Class<?> i : type.getInterfaces()) {
            MethodCode inherited = findDefault(i, name, descriptor);
            if (inherited != null) {
                return inherited;
            }
        }
        return null;
    }

    /** The name of the source file of {@code type}, as its class file says. */
    static String sourceFile(Class<?> type, MethodModel method) {
        return method.parent()
                .flatMap(model -> model.findAttribute(Attributes.sourceFile()))
                .map(file -> file.sourceFile().stringValue())
                .orElse(type.getSimpleName());
    }
}
