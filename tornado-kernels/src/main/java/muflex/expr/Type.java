package muflex.expr;

import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;

/** The type of an expression's value. Bytes, shorts and chars are {@link #INT}, as on Java's own stack. */
public enum Type {
    FLOAT(TypeKind.FLOAT, Float.class),
    DOUBLE(TypeKind.DOUBLE, Double.class),
    INT(TypeKind.INT, Integer.class),
    LONG(TypeKind.LONG, Long.class),
    BOOLEAN(TypeKind.BOOLEAN, Boolean.class);

    private final TypeKind kind;
    private final Class<?> box;

    Type(TypeKind kind, Class<?> box) {
        this.kind = kind;
        this.box = box;
    }

    /** The kind that the class-file API knows it by. */
    public TypeKind kind() {
        return kind;
    }

    /** The primitive's descriptor. */
    public ClassDesc descriptor() {
        return kind.upperBound();
    }

    /** The class of its boxed values, as {@link Lifted#captures()} and {@link Expr.Constant} hold them. */
    public Class<?> box() {
        return box;
    }

    /** Its zero ({@code false} of booleans), boxed. */
    public Object zero() {
        return switch (this) {
            case FLOAT -> 0f;
            case DOUBLE -> 0.0;
            case INT -> 0;
            case LONG -> 0L;
            case BOOLEAN -> false;
        };
    }

    /** {@link #FLOAT} or {@link #DOUBLE}. */
    public boolean isFloating() {
        return this == FLOAT || this == DOUBLE;
    }

    /** {@link #INT} or {@link #LONG}. */
    public boolean isInteger() {
        return this == INT || this == LONG;
    }

    /** The Java keyword. */
    @Override
    public String toString() {
        return kind.upperBound().displayName();
    }
}
