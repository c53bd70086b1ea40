package muflex.expr;

import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.DynamicConstantDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.util.List;

/** Compiles an expression to a hidden class that is a {@link ScalarFunction}; its captures are constants to the JIT. */
final class ScalarCompiler {
    private static final ClassDesc NAME = ClassDesc.of("muflex.expr.CompiledFunction");
    private static final ClassDesc INTERFACE = ClassDesc.of(ScalarFunction.class.getName());
    private static final ClassDesc DOUBLES = ConstantDescs.CD_double.arrayType();

    private ScalarCompiler() {}

    static ScalarFunction compile(Lifted function, Expr body) {
        Expr root = new Nodes().intern(List.of(body)).getFirst();
        byte[] bytes = ClassFile.of()
                .build(
                        NAME,
                        builder -> builder.withVersion(ClassFile.JAVA_25_VERSION, 0)
                                .withFlags(ClassFile.ACC_FINAL)
                                .withInterfaceSymbols(INTERFACE)
                                .withMethodBody(
                                        ConstantDescs.INIT_NAME,
                                        ConstantDescs.MTD_void,
                                        0,
                                        code -> code.aload(0)
                                                .invokespecial(
                                                        ConstantDescs.CD_Object,
                                                        ConstantDescs.INIT_NAME,
                                                        ConstantDescs.MTD_void)
                                                .return_())
                                .withMethodBody(
                                        "evaluate",
                                        MethodTypeDesc.of(ConstantDescs.CD_double, DOUBLES),
                                        ClassFile.ACC_PUBLIC,
                                        code -> emit(code, root)));
        try {
            MethodHandles.Lookup lookup =
                    MethodHandles.lookup().defineHiddenClassWithClassData(bytes, function.captures(), true);
            return (ScalarFunction)
                    lookup.lookupClass().getDeclaredConstructor().newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the compiled function can't be loaded", e);
        }
    }

    private static void emit(CodeBuilder code, Expr root) {
        Placement placement = new Placement(List.of(root));
        Prologue.Source captures = (c, slot) -> c.loadConstant(DynamicConstantDesc.ofNamed(
                ConstantDescs.BSM_CLASS_DATA_AT, ConstantDescs.DEFAULT_NAME, ConstantDescs.CD_Object, slot));
        ScalarEmitter emitter = new ScalarEmitter(code, placement, Prologue.arrays(code, placement.order(), captures));
        Prologue.scalars(code, placement.order(), captures, emitter);
        for (Expr e : placement.order()) {
            if (e instanceof Expr.Parameter p) {
                emitter.bind(p, argument(code, p));
            }
        }
        emitter.begin(List.of(root));
        emitter.value(root);
        ScalarCode.conversion(code, root.type(), Type.DOUBLE);
        code.dreturn();
    }

    private static int argument(CodeBuilder code, Expr.Parameter p) {
        TypeKind kind = p.type().kind();
        code.aload(code.parameterSlot(0)).loadConstant(p.index()).daload();
        ScalarCode.conversion(code, Type.DOUBLE, p.type() == Type.BOOLEAN ? Type.INT : p.type());
        int local = code.allocateLocal(kind);
        code.storeLocal(kind, local);
        return local;
    }
}
