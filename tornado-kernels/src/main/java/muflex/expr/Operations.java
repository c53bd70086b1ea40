package muflex.expr;

import java.lang.classfile.Instruction;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.ArrayLoadInstruction;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.ConvertInstruction;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.IncrementInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.NopInstruction;
import java.lang.classfile.instruction.OperatorInstruction;
import java.lang.classfile.instruction.StackInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.classfile.instruction.TypeCheckInstruction;
import java.util.List;

/** What each instruction that isn't a jump does to a state. */
final class Operations {
    private final Nodes nodes;
    private final CapturedObjects objects;
    private final Calls calls;

    Operations(Lifting lifting, MethodCode code) {
        this.nodes = lifting.nodes();
        this.objects = new CapturedObjects(lifting, code);
        this.calls = new Calls(lifting, code.owner().getClassLoader());
    }

    void apply(State state, Instruction instruction) throws Unsupported {
        switch (instruction) {
            case ConstantInstruction c -> constant(state, c);
            case LoadInstruction l -> state.push(state.local(l.slot()));
            case StoreInstruction s -> state.setLocal(s.slot(), state.pop());
            case IncrementInstruction i -> increment(state, i);
            case StackInstruction s -> stack(state, s.opcode());
            case OperatorInstruction o -> operator(state, o);
            case ConvertInstruction c -> convert(state, c.toType());
            case ArrayLoadInstruction a -> objects.element(state, a);
            case FieldInstruction f -> objects.field(state, f);
            case InvokeInstruction i -> calls.invoke(state, i);
            case TypeCheckInstruction t -> objects.check(state, t);
            case NopInstruction _ -> {}
            default -> throw new Unsupported(Constructs.name(instruction), Constructs.fix(instruction));
        }
    }

    private void constant(State state, ConstantInstruction c) throws Unsupported {
        switch (c.constantValue()) {
            case Integer i -> state.push(nodes.constant(i));
            case Float f -> state.push(nodes.constant(Type.FLOAT, f));
            case Long l -> state.push(nodes.constant(Type.LONG, l));
            case Double d -> state.push(nodes.constant(Type.DOUBLE, d));
            default -> {
                if (c.opcode() != Opcode.ACONST_NULL) {
                    throw new Unsupported("the constant " + c.constantValue(), "use numbers only");
                }
                state.push(new Value.Reference(null));
            }
        }
    }

    private void increment(State state, IncrementInstruction i) throws Unsupported {
        state.push(state.local(i.slot()));
        Expr sum = nodes.binary(BinaryOp.ADD, state.popScalar(nodes), nodes.constant(i.constant()));
        state.setLocal(i.slot(), new Value.Scalar(sum));
    }

    private static void stack(State state, Opcode opcode) throws Unsupported {
        switch (opcode) {
            case POP -> state.popWords(1);
            case POP2 -> state.popWords(2);
            case DUP -> duplicate(state, 1, 0);
            case DUP_X1 -> duplicate(state, 1, 1);
            case DUP_X2 -> duplicate(state, 1, 2);
            case DUP2 -> duplicate(state, 2, 0);
            case DUP2_X1 -> duplicate(state, 2, 1);
            case DUP2_X2 -> duplicate(state, 2, 2);
            default -> {
                List<Value> top = state.popWords(1);
                List<Value> below = state.popWords(1);
                state.pushAll(top);
                state.pushAll(below);
            }
        }
    }

    /** Puts a copy of the upper {@code words} below the next {@code under} words. */
    private static void duplicate(State state, int words, int under) throws Unsupported {
        List<Value> top = state.popWords(words);
        List<Value> below = under == 0 ? List.of() : state.popWords(under);
        state.pushAll(top);
        state.pushAll(below);
        state.pushAll(top);
    }

    private void operator(State state, OperatorInstruction o) throws Unsupported {
        switch (o.opcode()) {
            case INEG, LNEG, FNEG, DNEG -> state.push(nodes.unary(UnaryOp.NEGATE, state.popScalar(nodes)));
            case FCMPL, DCMPL -> order(state, -1);
            case FCMPG, DCMPG -> order(state, 1);
            case LCMP -> order(state, 0);
            case ARRAYLENGTH -> objects.length(state);
            default -> {
                Expr b = state.popScalar(nodes);
                Expr a = state.popScalar(nodes);
                state.push(nodes.binary(binary(o.opcode()), a, b));
            }
        }
    }

    private void order(State state, int ifNaN) throws Unsupported {
        Expr b = state.popScalar(nodes);
        Expr a = state.popScalar(nodes);
        state.push(new Value.Order(a, b, ifNaN));
    }

    private static BinaryOp binary(Opcode opcode) {
        return switch (opcode) {
            case IADD, LADD, FADD, DADD -> BinaryOp.ADD;
            case ISUB, LSUB, FSUB, DSUB -> BinaryOp.SUB;
            case IMUL, LMUL, FMUL, DMUL -> BinaryOp.MUL;
            case IDIV, LDIV, FDIV, DDIV -> BinaryOp.DIV;
            case IREM, LREM, FREM, DREM -> BinaryOp.REM;
            case IAND, LAND -> BinaryOp.AND;
            case IOR, LOR -> BinaryOp.OR;
            case IXOR, LXOR -> BinaryOp.XOR;
            case ISHL, LSHL -> BinaryOp.SHIFT_LEFT;
            case ISHR, LSHR -> BinaryOp.SHIFT_RIGHT;
            case IUSHR, LUSHR -> BinaryOp.UNSIGNED_SHIFT_RIGHT;
            default -> throw new IllegalStateException("not an operator: " + opcode);
        };
    }

    private void convert(State state, TypeKind to) throws Unsupported {
        Expr x = state.popScalar(nodes);
        state.push(
                switch (to) {
                    case BYTE -> narrow(x, 24, BinaryOp.SHIFT_RIGHT);
                    case SHORT -> narrow(x, 16, BinaryOp.SHIFT_RIGHT);
                    case CHAR -> narrow(x, 16, BinaryOp.UNSIGNED_SHIFT_RIGHT);
                    default -> nodes.cast(Signatures.type(to), x);
                });
    }

    private Expr narrow(Expr x, int bits, BinaryOp back) {
        Expr distance = nodes.constant(bits);
        return nodes.binary(back, nodes.binary(BinaryOp.SHIFT_LEFT, x, distance), distance);
    }

    /** Pops what a conditional jump compares: the condition on which it jumps. */
    Expr condition(State state, Opcode opcode) throws Unsupported {
        return switch (opcode) {
            case IFEQ -> againstZero(state, Comparison.EQ);
            case IFNE -> againstZero(state, Comparison.NE);
            case IFLT -> againstZero(state, Comparison.LT);
            case IFLE -> againstZero(state, Comparison.LE);
            case IFGT -> againstZero(state, Comparison.GT);
            case IFGE -> againstZero(state, Comparison.GE);
            case IF_ICMPEQ -> ints(state, Comparison.EQ);
            case IF_ICMPNE -> ints(state, Comparison.NE);
            case IF_ICMPLT -> ints(state, Comparison.LT);
            case IF_ICMPLE -> ints(state, Comparison.LE);
            case IF_ICMPGT -> ints(state, Comparison.GT);
            case IF_ICMPGE -> ints(state, Comparison.GE);
            case IFNULL -> nodes.constant(objects.isNull(state));
            case IFNONNULL -> nodes.constant(!objects.isNull(state));
            case IF_ACMPEQ -> nodes.constant(objects.isSame(state));
            case IF_ACMPNE -> nodes.constant(!objects.isSame(state));
            default -> throw new Unsupported("the jump " + opcode, "compile it with javac");
        };
    }

    private Expr ints(State state, Comparison op) throws Unsupported {
        Expr b = state.popScalar(nodes);
        Expr a = state.popScalar(nodes);
        return nodes.compare(op, a, b);
    }

    private Expr againstZero(State state, Comparison op) throws Unsupported {
        Value value = state.pop();
        if (value instanceof Value.Order order) {
            return ordered(order, op);
        }
        state.push(value);
        return nodes.compare(op, state.popScalar(nodes), nodes.constant(0));
    }

    /** What {@code order op 0} says of the two numbers compared, NaN included. */
    private Expr ordered(Value.Order order, Comparison op) {
        boolean holdsIfNaN = Fold.compare(op, order.ifNaN(), 0);
        boolean nanFails = op != Comparison.NE;
        return holdsIfNaN == nanFails
                ? nodes.not(nodes.compare(op.negated(), order.a(), order.b()))
                : nodes.compare(op, order.a(), order.b());
    }
}
