package muflex.engine.translate;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import muflex.expr.Expr;
import muflex.expr.RowFunction;

/** Writes a row function over whole arrays as a kernel: each work item does {@code span} elements of {@code size}. */
final class ElementwiseKernel {
    private final Translator program;
    private final Dialect dialect;
    private final List<String> declared = new ArrayList<>();
    private final List<Kernel.Argument> arguments = new ArrayList<>();

    ElementwiseKernel(Translator program) {
        this.program = program;
        dialect = program.dialect();
    }

    /** Its Java arguments are the arrays of parameters and outputs, the captures, {@code int size} and {@code int span}. */
    Kernel write(String cName, RowFunction function, List<Capture> captures) {
        List<Expr.Parameter> parameters = new ArrayList<>();
        for (Expr.Parameter parameter : function.parameters()) {
            String name = "in" + parameter.index();
            parameters.add(new Expr.Parameter(parameter.type(), parameter.index(), name));
            array(name, false);
        }
        List<String> outputs = new ArrayList<>();
        for (int o = 0; o < function.outputs().size(); o++) {
            outputs.add("out" + o);
            array("out" + o, true);
        }
        String offsets = arguments.stream()
                .map(argument -> ((Kernel.Argument.Array) argument).name() + "_offset = from")
                .collect(Collectors.joining(", "));
        int arrays = arguments.size();
        declared.addAll(new CaptureNames(dialect, captures).values(true));
        declared.addAll(List.of("int size", "int span"));
        arguments.add(new Kernel.Argument.Bundle(arrays, false));
        arguments.add(new Kernel.Argument.Scalar(arrays + 1, "size", Kind.INT));
        arguments.add(new Kernel.Argument.Scalar(arrays + 2, "span", Kind.INT));
        RowFunction named = new RowFunction(cName, parameters, function.vary(), function.outputs());
        String body = new Rows(program).body(named, spaces(parameters.size()), outputs, spaces(outputs.size()));
        program.append("\n// " + cName + ", from the user's function\n" + dialect.kernelHead() + cName + "("
                + String.join(", ", declared) + ") {\n  const int from = " + dialect.globalId()
                + " * span;\n  const int count = min(span, size - from);\n  const int " + offsets + ";\n" + body
                + "}\n");
        return new Kernel(cName, arguments, false, 0, 0);
    }

    private void array(String name, boolean written) {
        declared.add(dialect.pointer(Element.FLOAT, Space.GLOBAL, !written) + name + "_row");
        arguments.add(new Kernel.Argument.Array(arguments.size(), name, Element.FLOAT, written));
    }

    private static List<Space> spaces(int count) {
        return Collections.nCopies(count, Space.GLOBAL);
    }
}
