package muflex.engine;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import muflex.attention.AttentionShape;
import muflex.attention.Precision;
import muflex.graph.Graph;
import muflex.graph.Tensor;
import org.jspecify.annotations.Nullable;

/** Something that runs compiled operations: this process's cores, or a GPU or FPGA that an engine reaches. */
public interface Device {

    /** A stable name: {@code cpu}, {@code reference}, {@code loops}, {@code opencl:0:0}, {@code cuda:0}, … */
    String id();

    /** One line for people: the model, its cores or compute units, its vector width or memory. */
    String description();

    /**
     * How much {@link Devices#auto()} likes this device; the highest wins, and 0 is never chosen. By convention a GPU
     * has 90 or more (CUDA 200, OpenCL 100, TornadoVM 90), vectors on this CPU 10, plain loops 1.
     */
    int preference();

    /** Whether it can call a lambda itself ({@code interpret}): true only inside this JVM. */
    default boolean canInterpret() {
        return false;
    }

    /** Whether it takes attention in this precision. */
    default boolean supports(Precision precision) {
        return precision == Precision.SINGLE;
    }

    /**
     * This device, where the operands of a graph's products, with matrices and in attention, are rounded; everything else and all
     * sums stay float. Products with few rows are not rounded.
     *
     * @throws IllegalArgumentException where it has no tensor cores that take this precision
     */
    default Device withProducts(Precision precision) {
        if (precision != Precision.SINGLE) {
            throw new IllegalArgumentException("precision: expected single on " + id() + ", got " + precision
                    + ", which needs tensor cores; use an NVIDIA GPU through cuda");
        }
        return this;
    }

    /** Compiles one attention operation. It may be used for any number of calls. */
    AttentionOp compile(AttentionSpec spec);

    /**
     * The forms of attention's kernels that are worth measuring on it, the one that its properties decide first; empty where there is
     * no choice. The system property {@code muflex.form} makes all operations have one of them.
     */
    default List<String> forms() {
        return List.of();
    }

    /**
     * From now on operations of about this shape have this form, in later processes too.
     *
     * @param form one of {@link #forms()}
     * @return the file that keeps it, or null where nothing can be kept
     */
    default @Nullable Path keepForm(AttentionShape shape, String form) {
        throw new UnsupportedOperationException("device: expected one whose kernels have several forms, got " + id());
    }

    /** The driver that the device is reached through, with its version; empty where there is none. */
    default String driver() {
        return "";
    }

    /** A counter of the energy that the device has used, in joules; empty where it reports none. */
    default OptionalDouble energyJoules() {
        return OptionalDouble.empty();
    }

    /** Measures the device's ceilings, which takes about a second; empty where the engine can't. */
    default Optional<Ceilings> ceilings() {
        return Optional.empty();
    }

    /**
     * Compiles the nodes that {@code outputs} need, updates among them. Parameters and states are those of
     * {@code storage}, which programs may share.
     */
    default Program compile(Graph graph, List<Tensor> outputs, Storage storage) {
        throw new UnsupportedOperationException(
                "device: expected one that runs graphs, got " + id() + ", which runs attention only; use cpu");
    }
}
