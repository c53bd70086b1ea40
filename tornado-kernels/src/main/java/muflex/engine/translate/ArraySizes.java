package muflex.engine.translate;

import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.NewPrimitiveArrayInstruction;
import java.util.List;
import java.util.Objects;

/** Finds the methods that make arrays; those are written once for each constant argument. */
final class ArraySizes {

    private ArraySizes() {}

    /** Whether the method, or one that it calls, makes an array. */
    static boolean uses(MethodCode code, ClassFiles classes, List<String> seen) {
        if (seen.contains(code.title())) {
            return false;
        }
        seen.add(code.title());
        return code.blocks.stream()
                .flatMap(block -> block.steps.stream())
                .anyMatch(step -> switch (step.instruction()) {
                    case NewPrimitiveArrayInstruction ignored -> true;
                    case InvokeInstruction invoke -> makes(invoke, classes, seen);
                    default -> false;
                });
    }

    private static boolean makes(InvokeInstruction invoke, ClassFiles classes, List<String> seen) {
        String owner = invoke.owner().asInternalName();
        if (owner.equals(DialectNames.SCRATCH)) {
            return true;
        }
        if (owner.startsWith("java/") || owner.equals(DialectNames.LANES) || owner.equals(DialectNames.WORK_GROUP)) {
            return false;
        }
        MethodModel method =
                classes.method(owner, invoke.name().stringValue(), invoke.type().stringValue());
        return method != null
                && uses(new MethodCode(Objects.requireNonNull(classes.find(owner)), method), classes, seen);
    }
}
