package muflex.graph;

import java.util.ArrayList;
import java.util.List;

/** Shapes made from shapes. */
final class Shapes {

    private Shapes() {}

    static Shape append(Shape shape, Axis last) {
        List<Axis> axes = new ArrayList<>(shape.axes());
        axes.add(last);
        return new Shape(axes);
    }
}
