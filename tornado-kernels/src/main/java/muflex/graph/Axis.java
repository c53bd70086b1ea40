package muflex.graph;

/** One axis of a tensor: what it means, and how long it is. The name serves messages; sizes decide what fits. */
public record Axis(String name, int size) {

    public Axis {
        Checks.that(!name.isBlank(), "axis: expected a name, got a blank one; name what the axis means, as in \"seq\"");
        Checks.that(size >= 1, "axis %s: expected a size of at least 1, got %s; drop empty tensors", name, size);
    }

    @Override
    public String toString() {
        return name + " " + size;
    }
}
