package muflex.expr;

import java.lang.invoke.SerializedLambda;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Functional objects: the method behind a lambda, and the one method that an interface asks for. */
final class Lambdas {
    private Lambdas() {}

    /** How a lambda was made, or null if the object is of an ordinary class. */
    static @Nullable SerializedLambda serialized(Object object) {
        Class<?> type = object.getClass();
        if (!type.isHidden()) {
            return null;
        }
        try {
            Method replace = type.getDeclaredMethod("writeReplace");
            replace.setAccessible(true);
            return replace.invoke(object) instanceof SerializedLambda form ? form : null;
        } catch (NoSuchMethodException e) {
            throw new LiftException(
                    "lambda: expected a serializable one, got one of " + interfaces(type)
                            + "; make that interface extend java.io.Serializable",
                    e);
        } catch (InaccessibleObjectException | IllegalAccessException | InvocationTargetException e) {
            throw new LiftException(
                    "lambda: expected one of an open package, got one of " + type.getPackageName()
                            + ", which its module doesn't open; open it to muflex",
                    e);
        }
    }

    private static String interfaces(Class<?> type) {
        List<String> names = new ArrayList<>();
        for (Class<?> i : type.getInterfaces()) {
            names.add(i.getName());
        }
        return String.join(", ", names);
    }

    /** The single abstract method of the interfaces of an object of an ordinary class. */
    static Method functionalMethod(Class<?> type) {
        Map<Class<?>, Method> found = new HashMap<>();
        for (Class<?> c = type; c != null; c = c.getSuperclass()) {
            for (Class<?> i : c.getInterfaces()) {
                List<Method> methods = new ArrayList<>();
                for (Method method : i.getMethods()) {
                    if (Modifier.isAbstract(method.getModifiers()) && !isObjects(method)) {
                        methods.add(method);
                    }
                }
                if (methods.size() == 1) {
                    found.put(i, methods.getFirst());
                }
            }
        }
        if (found.size() != 1) {
            throw new LiftException("lambda: expected an object with one functional interface, got a " + type.getName()
                    + " with " + found.size() + "; pass a lambda or method reference");
        }
        return found.values().iterator().next();
    }

    private static boolean isObjects(Method method) {
        try {
            return Object.class.getMethod(method.getName(), method.getParameterTypes()) != null;
        } catch (NoSuchMethodException e) {
            return false;
        }
    }
}
