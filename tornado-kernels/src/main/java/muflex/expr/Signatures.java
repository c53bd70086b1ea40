package muflex.expr;

import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.stream.Collectors;

/** Java's types as this package's, and as text. */
final class Signatures {
    private Signatures() {}

    /** The type of an expression that holds a primitive of that kind. */
    static Type type(TypeKind kind) {
        return switch (kind) {
            case FLOAT -> Type.FLOAT;
            case DOUBLE -> Type.DOUBLE;
            case LONG -> Type.LONG;
            case BOOLEAN -> Type.BOOLEAN;
            case INT, BYTE, SHORT, CHAR -> Type.INT;
            case REFERENCE, VOID -> throw new IllegalArgumentException("kind: expected a primitive, got " + kind);
        };
    }

    /** Whether expressions can hold values of that type. */
    static boolean isNumber(ClassDesc type) {
        return type.isPrimitive() && TypeKind.from(type) != TypeKind.VOID;
    }

    /** The type of an expression for a primitive. */
    static Type type(ClassDesc primitive) {
        return type(TypeKind.from(primitive));
    }

    /** A boxed primitive as constants and captures hold it: bytes, shorts and chars as ints. */
    static Object widened(Object box) {
        return switch (box) {
            case Byte b -> (int) b;
            case Short s -> (int) s;
            case Character c -> (int) c;
            default -> box;
        };
    }

    /** {@code Class.name(float, int)}. */
    static String text(String owner, String name, MethodTypeDesc type) {
        return owner.substring(owner.lastIndexOf('.') + 1).replace('$', '.') + "." + name
                + type.parameterList().stream().map(ClassDesc::displayName).collect(Collectors.joining(", ", "(", ")"));
    }

    /** The binary name of a class: {@code package.Outer$Inner}. */
    static String binaryName(ClassDesc type) {
        String descriptor = type.descriptorString();
        return descriptor.substring(1, descriptor.length() - 1).replace('/', '.');
    }
}
