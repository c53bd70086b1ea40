package muflex.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The static shape of a row-major tensor, outermost axis first. Many ops see a tensor as a matrix
 * {@code [rows, columns]}: the last axis is the columns, all before it are flattened to rows.
 *
 * @param axes the axes; none for a scalar
 */
public record Shape(List<Axis> axes) {

    /** The largest number of elements that one Java array can hold. */
    private static final int LARGEST = Integer.MAX_VALUE - 8;

    private static final Shape SCALAR = new Shape(List.of());

    public Shape {
        axes = List.copyOf(axes);
        long size = 1;
        for (Axis axis : axes) {
            size *= axis.size();
            Checks.that(
                    size <= LARGEST,
                    "shape %s: expected at most %s elements, got more; split the tensor",
                    render(axes),
                    LARGEST);
        }
    }

    /** The shape of one number. */
    public static Shape scalar() {
        return SCALAR;
    }

    public static Shape of(Axis... axes) {
        return new Shape(List.of(axes));
    }

    public static Shape of(String name, int size) {
        return of(new Axis(name, size));
    }

    public static Shape of(String name0, int size0, String name1, int size1) {
        return of(new Axis(name0, size0), new Axis(name1, size1));
    }

    public static Shape of(String name0, int size0, String name1, int size1, String name2, int size2) {
        return of(new Axis(name0, size0), new Axis(name1, size1), new Axis(name2, size2));
    }

    public static Shape of(
            String name0, int size0, String name1, int size1, String name2, int size2, String name3, int size3) {
        return of(new Axis(name0, size0), new Axis(name1, size1), new Axis(name2, size2), new Axis(name3, size3));
    }

    public int rank() {
        return axes.size();
    }

    /** The axis at {@code index}; a negative index counts from the last, as in −1 for the columns. */
    public Axis axis(int index) {
        return axes.get(index < 0 ? axes.size() + index : index);
    }

    /** The length of the axis at {@code index}; a negative index counts from the last. */
    public int size(int index) {
        return axis(index).size();
    }

    /** The number of elements. */
    public int size() {
        int size = 1;
        for (Axis axis : axes) {
            size *= axis.size();
        }
        return size;
    }

    /** The length of the last axis; 1 for a scalar. */
    public int columns() {
        return axes.isEmpty() ? 1 : size(-1);
    }

    /** The product of all axes but the last. */
    public int rows() {
        return size() / columns();
    }

    /** This shape with its last axis replaced. */
    public Shape withColumns(Axis columns) {
        List<Axis> changed = new ArrayList<>(axes.subList(0, axes.size() - 1));
        changed.add(columns);
        return new Shape(changed);
    }

    /** This shape without its last axis. */
    public Shape withoutColumns() {
        return new Shape(axes.subList(0, axes.size() - 1));
    }

    public boolean sameSizes(Shape other) {
        return sizes(this).equals(sizes(other));
    }

    /** Whether the sizes of {@code suffix} are the last sizes of this shape, so that it can be repeated over the rest. */
    public boolean endsWith(Shape suffix) {
        List<Integer> mine = sizes(this);
        List<Integer> other = sizes(suffix);
        return other.size() <= mine.size()
                && mine.subList(mine.size() - other.size(), mine.size()).equals(other);
    }

    private static List<Integer> sizes(Shape shape) {
        return shape.axes.stream().map(Axis::size).toList();
    }

    private static String render(List<Axis> axes) {
        return axes.stream().map(Axis::toString).collect(Collectors.joining(", ", "[", "]"));
    }

    /** As in {@code [batch 4, seq 512, dim 128]}. */
    @Override
    public String toString() {
        return render(axes);
    }
}
