package muflex.expr;

import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.ArrayLoadInstruction;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.TypeCheckInstruction;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Modifier;
import org.jspecify.annotations.Nullable;

/** Instructions on captured objects: their final fields, and elements and lengths of captured arrays. */
final class CapturedObjects {
    private static final String ARRAYS = "capture a float[], int[], byte[] or float[][] instead";

    private final Lifting lifting;
    private final Nodes nodes;
    private final MethodCode code;

    CapturedObjects(Lifting lifting, MethodCode code) {
        this.lifting = lifting;
        this.nodes = lifting.nodes();
        this.code = code;
    }

    /** A captured object or scalar as a value. */
    static Value value(Lifting lifting, boolean primitive, Object holder, String part, @Nullable Object captured) {
        return primitive && captured != null ? lifting.scalar(holder, part, captured) : new Value.Reference(captured);
    }

    void field(State state, FieldInstruction f) throws Unsupported {
        String name = f.name().stringValue();
        switch (f.opcode()) {
            case GETSTATIC -> state.push(staticField(f, name));
            case GETFIELD -> state.push(instanceField(f, name, state.pop()));
            default ->
                throw new Unsupported("an assignment to the field " + name, "a lifted lambda only computes a value");
        }
    }

    private Value staticField(FieldInstruction f, String name) throws Unsupported {
        Class<?> owner =
                load(Signatures.binaryName(f.owner().asSymbol()), code.owner().getClassLoader());
        Field field = find(owner, name);
        requireFinal(field, "static ");
        Object value = get(field, null);
        if (field.getType().isPrimitive() && value != null) {
            Object number = Signatures.widened(value);
            // Constant for as long as the class lives. Booleans are ints on the stack.
            return new Value.Scalar(
                    number instanceof Boolean b
                            ? nodes.constant(b ? 1 : 0)
                            : nodes.constant(Lifting.typeOf(number), number));
        }
        return new Value.Reference(value);
    }

    private Value instanceField(FieldInstruction f, String name, Value holder) throws Unsupported {
        Object object = object(holder, "the field " + name);
        Field field = find(
                load(Signatures.binaryName(f.owner().asSymbol()), code.owner().getClassLoader()), name);
        requireFinal(field, "");
        return value(lifting, field.getType().isPrimitive(), object, field.toString(), get(field, object));
    }

    private static void requireFinal(Field field, String kind) throws Unsupported {
        if (!Modifier.isFinal(field.getModifiers())) {
            throw new Unsupported(
                    "the " + kind + "field " + field.getName() + " of "
                            + field.getDeclaringClass().getName() + ", which is not final",
                    "make it final, or copy it to a local variable and capture that");
        }
    }

    private static Field find(Class<?> owner, String name) throws Unsupported {
        for (Class<?> c = owner; c != null; c = c.getSuperclass()) {
            for (Field field : c.getDeclaredFields()) {
                if (field.getName().equals(name)) {
                    return field;
                }
            }
            for (Class<?> i : c.getInterfaces()) {
                for (Field field : i.getFields()) {
                    if (field.getName().equals(name)) {
                        return field;
                    }
                }
            }
        }
        throw new Unsupported("the field " + name + ", not found in " + owner.getName(), "capture its value instead");
    }

    private static @Nullable Object get(Field field, @Nullable Object object) throws Unsupported {
        try {
            field.setAccessible(true);
            return field.get(object);
        } catch (InaccessibleObjectException | IllegalAccessException e) {
            throw new Unsupported(
                    "the field " + field.getName() + " of "
                            + field.getDeclaringClass().getName() + ", whose package its module doesn't open",
                    "open it to muflex, or copy the field to a local variable and capture that");
        }
    }

    /** The class of that name, as that loader sees it. */
    static Class<?> load(String name, @Nullable ClassLoader loader) throws Unsupported {
        try {
            return Class.forName(name, false, loader);
        } catch (ClassNotFoundException e) {
            throw new Unsupported("the class " + name + ", which can't be loaded", "put it on the class path");
        }
    }

    /** The object that a value refers to. */
    static Object object(Value value, String use) throws Unsupported {
        if (!(value instanceof Value.Reference(Object object))) {
            throw new Unsupported(use + " of something that is not captured", "capture it");
        }
        if (object == null) {
            throw new Unsupported(use + " of null", "capture an object, or test for null first");
        }
        return object;
    }

    void element(State state, ArrayLoadInstruction load) throws Unsupported {
        Expr index = state.popScalar(nodes);
        Value array = state.pop();
        if (array instanceof Value.Row(float[][] rows, Expr row)) {
            int slot = lifting.slot(rows);
            state.push(nodes.make(new Expr.Read(Storage.FLOAT_ROWS, slot, row, index)));
            return;
        }
        Object object = object(array, "an element");
        Storage storage = Storage.of(object);
        if (storage == null) {
            throw new Unsupported("an element of a " + object.getClass().getSimpleName(), ARRAYS);
        }
        if (load.opcode() == Opcode.AALOAD) {
            state.push(new Value.Row((float[][]) object, index));
        } else {
            state.push(nodes.make(new Expr.Read(storage, lifting.slot(object), null, index)));
        }
    }

    void length(State state) throws Unsupported {
        Value array = state.pop();
        if (array instanceof Value.Row(float[][] rows, Expr _)) {
            state.push(lifting.scalar(rows, "row length", rowLength(rows)));
            return;
        }
        Object object = object(array, "the length");
        state.push(lifting.scalar(object, "length", java.lang.reflect.Array.getLength(object)));
    }

    private static int rowLength(float[][] rows) throws Unsupported {
        int length = rows.length == 0 ? 0 : rows[0].length;
        for (float[] one : rows) {
            if (one.length != length) {
                throw new Unsupported(
                        "the length of a row of a float[][] whose rows differ in length",
                        "capture the lengths in an int[]");
            }
        }
        return length;
    }

    void check(State state, TypeCheckInstruction check) throws Unsupported {
        Value value = state.pop();
        Class<?> type = check.type().asSymbol().isArray()
                ? null
                : load(
                        Signatures.binaryName(check.type().asSymbol()),
                        code.owner().getClassLoader());
        boolean fits = value instanceof Value.Reference(Object object)
                && object != null
                && (type == null
                        ? object.getClass()
                                .descriptorString()
                                .equals(check.type().asSymbol().descriptorString())
                        : type.isInstance(object));
        if (check.opcode() == Opcode.INSTANCEOF) {
            state.push(nodes.constant(fits ? 1 : 0));
        } else if (fits || value instanceof Value.Reference(Object object) && object == null) {
            state.push(value);
        } else {
            throw new Unsupported("a cast to " + check.type().asSymbol().displayName() + " that fails", "remove it");
        }
    }

    boolean isNull(State state) throws Unsupported {
        return switch (state.pop()) {
            case Value.Reference(Object object) -> object == null;
            case Value.Row _ -> false;
            case Value.Scalar _, Value.Order _ -> throw new IllegalStateException("a number compared with null");
        };
    }

    boolean isSame(State state) throws Unsupported {
        Value b = state.pop();
        return Value.same(state.pop(), b);
    }
}
