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
                i.name().equalsString("makeConcatWithConstants")
                        ? "a string concatenation"
                        : "a lambda or method reference made inside";
            default -> "the instruction " + instruction.opcode();
        };
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
            case ArrayStoreInstruction _, MonitorInstruction _ -> "a lifted lambda only computes a value; remove it";
            default -> "make it outside of the lambda and capture it";
        };
    }
}
