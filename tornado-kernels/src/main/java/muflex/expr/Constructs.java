package muflex.expr;

import java.lang.classfile.Instruction;
import java.lang.classfile.instruction.ArrayStoreInstruction;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.MonitorInstruction;
import java.lang.classfile.instruction.NewMultiArrayInstruction;
import java.lang.classfile.instruction.NewObjectInstruction;
import java.lang.classfile.instruction.NewPrimitiveArrayInstruction;
import java.lang.classfile.instruction.NewReferenceArrayInstruction;
import java.lang.classfile.instruction.ThrowInstruction;

/** What a reader of source code calls the instructions that can't be lifted. */
final class Constructs {
    private Constructs() {}

    static String name(Instruction instruction) {
        return switch (instruction) {
            case NewObjectInstruction n ->
                (isThrown(n) ? "throw new " : "new ") + n.className().asSymbol().displayName();
            case NewPrimitiveArrayInstruction _, NewReferenceArrayInstruction _, NewMultiArrayInstruction _ ->
                "a new array";
            case ArrayStoreInstruction _ -> "an assignment to an array's element";
            case ThrowInstruction _ -> "a throw";
            case MonitorInstruction _ -> "synchronized";
            case InvokeDynamicInstruction i ->
                switch (i.name().stringValue()) {
                    case "makeConcatWithConstants" -> "a string concatenation";
                    case "typeSwitch", "enumSwitch" -> "a switch over patterns";
                    default -> "a lambda or method reference made inside";
                };
            default -> "the instruction " + instruction.opcode();
        };
    }

    /** What a reader of source code calls the reason for a method's exception handlers. */
    static Unsupported guarded(MethodCode code) {
        if (code.has(MonitorInstruction.class::isInstance)) {
            return new Unsupported("synchronized", "a lifted lambda only computes a value; remove it");
        }
        // A switch over an enum makes a MatchException too, but catches nothing.
        boolean matches = code.catchesAll()
                && code.has(i -> i instanceof NewObjectInstruction n
                        && n.className().asInternalName().equals("java/lang/MatchException"));
        return matches
                ? new Unsupported("a record pattern", "call the record's accessors instead")
                : new Unsupported("a try statement", "test for the case instead");
    }

    private static boolean isThrown(NewObjectInstruction n) {
        String name = n.className().asInternalName();
        return name.endsWith("Exception") || name.endsWith("Error");
    }

    static String fix(Instruction instruction) {
        return switch (instruction) {
            case NewObjectInstruction n when isThrown(n) -> "validate before, outside of the lambda";
            case ThrowInstruction _ -> "validate before, outside of the lambda";
            case InvokeDynamicInstruction i when i.name().equalsString("makeConcatWithConstants") -> "remove it";
            case InvokeDynamicInstruction i
            when i.name().stringValue().endsWith("Switch") -> "choose outside of the lambda and capture the choice";
            case ArrayStoreInstruction _, MonitorInstruction _ -> "a lifted lambda only computes a value; remove it";
            default -> "make it outside of the lambda and capture it";
        };
    }
}
