package muflex.engine.translate;

import java.lang.classfile.Attributes;
import java.lang.classfile.ClassModel;
import java.lang.classfile.FieldModel;
import java.lang.constant.ConstantDesc;
import java.lang.reflect.AccessFlag;
import org.jspecify.annotations.Nullable;

/** Constants that javac left in fields. */
final class StaticFields {

    private StaticFields() {}

    /** The number in a static final field with a constant value, or null. */
    static @Nullable Number value(Translator program, String owner, String name) {
        ClassModel model = program.classes().find(owner);
        if (model == null) {
            return null;
        }
        for (FieldModel field : model.fields()) {
            if (field.fieldName().equalsString(name) && field.flags().has(AccessFlag.FINAL)) {
                ConstantDesc constant = field.findAttribute(Attributes.constantValue())
                        .map(attribute -> attribute.constant().constantValue())
                        .orElse(null);
                return constant instanceof Number number ? number : null;
            }
        }
        return null;
    }
}
