package muflex.graph;

/** What a tensor's elements are: {@code float[]} or {@code int[]} (token ids and positions). */
public enum ElementType {
    FLOAT,
    INT
}
