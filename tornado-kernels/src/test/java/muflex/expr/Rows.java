package muflex.expr;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.constant.ClassDesc;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Method;
import java.util.function.Consumer;

/** Compiles emitted methods into hidden classes. */
final class Rows {
    private Rows() {}

    /** The method that {@code emit} adds under that name. */
    static MethodHandle compile(String name, Consumer<ClassBuilder> emit) throws IllegalAccessException {
        byte[] bytes = ClassFile.of().build(ClassDesc.of("muflex.expr.Generated"), builder -> {
            builder.withVersion(ClassFile.JAVA_25_VERSION, 0);
            emit.accept(builder);
        });
        MethodHandles.Lookup lookup = MethodHandles.lookup().defineHiddenClass(bytes, true);
        for (Method method : lookup.lookupClass().getDeclaredMethods()) {
            if (method.getName().equals(name)) {
                return lookup.unreflect(method);
            }
        }
        throw new IllegalArgumentException("name: expected one of the emitted methods, got " + name);
    }
}
