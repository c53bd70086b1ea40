package muflex.engine.jvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import muflex.engine.Devices;
import muflex.engine.Program;
import muflex.engine.Storage;
import muflex.engine.Timing;
import muflex.graph.ElementType;
import muflex.graph.Gradients;
import muflex.graph.Graph;
import muflex.graph.GraphCase;
import muflex.graph.Leaf;
import muflex.graph.MemoryPlan;
import muflex.graph.Node;
import muflex.graph.Shape;
import muflex.graph.Tensor;
import muflex.graph.UpdateOp;
import org.junit.jupiter.api.Test;

/** What a program promises beside its values: the same bits every time, no garbage, clear errors. */
class ProgramRunTest {

    /** A training step of a two-layer network. */
    private static GraphCase network(int seq, int dim, int hidden) {
        return new GraphCase("network", (g, c) -> {
            Tensor tokens = c.ints("tokens", Shape.of("batch", 10, "seq", seq), 50);
            Tensor x = g.embedding(c.leaf("table", Shape.of("vocab", 50, "dim", dim)), tokens);
            x = g.rmsNorm(x, c.leaf("gain", Shape.of("dim", dim)), 1e-5f);
            x = g.matmul(x, c.leaf("w1", Shape.of("in", dim, "out", hidden)));
            x = g.map(g.add(x, c.leaf("bias", Shape.of("out", hidden))), z -> z / (1f + (float) Math.exp(-z)));
            Tensor logits = g.matmul(x, c.leaf("w2", Shape.of("in", hidden, "out", 50)));
            Tensor loss = g.crossEntropy(logits, tokens);
            List<Tensor> gradients = Gradients.of(g, loss, c.wrt());
            Tensor clip = g.clipFactor(gradients, 0.5f);
            List<Tensor> outputs = new ArrayList<>(List.of(loss));
            UpdateOp.AdamWRule rule = new UpdateOp.AdamWRule(1, 0.9, 0.95, 1e-8, 0.1, UpdateOp.Decay.DECOUPLED);
            Tensor rate = g.fill(Shape.scalar(), 1e-2f);
            Tensor step = g.fill(Shape.scalar(), 1f);
            for (int i = 0; i < gradients.size(); i++) {
                Tensor w = c.wrt().get(i);
                Tensor m = g.state(w.name() + ".m", w.shape());
                Tensor v = g.state(w.name() + ".v", w.shape());
                outputs.add(g.adamW(new UpdateOp.AdamW(w, gradients.get(i), m, v, rate, step, clip, rate, rule)));
            }
            return outputs;
        });
    }

    private static Program compile(GraphCase graphCase, Workers workers, Storage storage) {
        Kernels kernels = new Kernels(KernelLoader.forLanes(Optional.of(LaneBinding.VECTOR)), workers, true);
        Program program = new GraphProgram(MemoryPlan.of(graphCase.graph(), graphCase.outputs()), kernels, storage);
        for (Node node : graphCase.graph().needed(graphCase.outputs())) {
            if (node.op() instanceof Leaf.Named leaf) {
                Tensor tensor = node.output(0);
                if (leaf.type() == ElementType.INT) {
                    int[] ints = graphCase.ints(tensor, 3);
                    System.arraycopy(ints, 0, program.ints(tensor), 0, ints.length);
                } else if (leaf instanceof Leaf.Parameter) {
                    float[] floats = GraphCase.floats(tensor, 3);
                    System.arraycopy(floats, 0, program.floats(tensor), 0, floats.length);
                }
            }
        }
        return program;
    }

    @Test
    void bitsDependNeitherOnTheRunNorOnTheThreads() {
        List<float[]> results = new ArrayList<>();
        for (int threads : new int[] {1, 1, 2, 3}) {
            GraphCase graphCase = network(30, 96, 200);
            Storage storage = new Storage();
            try (Program program = compile(graphCase, new Workers(threads), storage)) {
                for (int step = 0; step < 5; step++) {
                    program.run();
                }
                results.add(storage.floats(graphCase.wrt().get(2)).clone());
            }
        }
        results.forEach(result -> assertThat(result).isEqualTo(results.getFirst()));
    }

    @Test
    void lossFalls() {
        GraphCase graphCase = network(30, 96, 200);
        try (Program program = compile(graphCase, Workers.shared(), new Storage())) {
            program.run();
            float before = program.floats(graphCase.outputs().getFirst())[0];
            for (int step = 0; step < 60; step++) {
                program.run();
            }
            assertThat(program.floats(graphCase.outputs().getFirst())[0]).isLessThan(before / 2);
        }
    }

    @Test
    void aRunAllocatesNothing() {
        GraphCase graphCase = network(8, 37, 70);
        try (Program program = compile(graphCase, Workers.shared(), new Storage())) {
            long least = Long.MAX_VALUE;
            // The Vector API's vectors are objects until the second compiler has seen every kernel.
            for (int window = 0; window < 1000 && least > 0; window++) {
                long measuring = -allocated() + allocated();
                long before = allocated();
                for (int run = 0; run < 20; run++) {
                    program.run();
                }
                least = Math.min(least, allocated() - before - measuring);
            }
            assertThat(least).as("bytes in 20 runs").isZero();
        }
    }

    /** Bytes allocated so far by this thread and the workers. */
    private static long allocated() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long bytes = threads.getThreadAllocatedBytes(Thread.currentThread().threadId());
        for (Thread thread : WORKERS) {
            bytes += threads.getThreadAllocatedBytes(thread.threadId());
        }
        return bytes;
    }

    private static final Thread[] WORKERS = workers();

    private static Thread[] workers() {
        Workers.shared();
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("muflex-worker"))
                .toArray(Thread[]::new);
    }

    @Test
    void programsShareAStorage() {
        Graph train = new Graph();
        Tensor w = train.parameter("w", Shape.of("size", 3));
        Graph use = new Graph();
        Tensor same = use.parameter("w", Shape.of("length", 3));
        Storage storage = new Storage();
        Tensor doubled = use.scale(same, 2f);
        try (Program a = Devices.byId("cpu").compile(train, List.of(train.scale(w, 1f)), storage);
                Program b = Devices.byId("cpu").compile(use, List.of(doubled), storage)) {
            a.floats(w)[1] = 4f;
            b.run();
            assertThat(b.floats(doubled)).containsExactly(0f, 8f, 0f);
        }
        Graph other = new Graph();
        Tensor larger = other.parameter("w", Shape.of("size", 4));
        assertThatThrownBy(() -> Devices.byId("cpu").compile(other, List.of(larger), storage))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("storage w: expected shape [size 3], got [size 4]; use another name or another storage");
    }

    @Test
    void onlyInputsAndOutputsCanBeRead() {
        Graph graph = new Graph();
        Tensor x = graph.input("x", Shape.of("size", 3));
        Tensor between = graph.scale(x, 2f);
        try (Program program = Devices.byId("cpu").compile(graph, List.of(graph.sum(between)), new Storage())) {
            assertThatThrownBy(() -> program.floats(between))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("program: expected an input, output, parameter or state of it, got Scale#1 [size 3];"
                            + " add it to the outputs");
            assertThatThrownBy(() -> program.ints(x))
                    .hasMessage("program: expected an int input that its outputs need, got x [size 3]; add it to the"
                            + " outputs");
        }
    }

    @Test
    void timingsCountRunsByKind() {
        Graph graph = new Graph();
        Tensor x = graph.input("x", Shape.of("size", 3));
        try (Program program =
                Devices.byId("cpu").compile(graph, List.of(graph.scale(graph.scale(x, 2f), 3f)), new Storage())) {
            program.run();
            program.run();
            assertThat(program.timings())
                    .singleElement()
                    .satisfies(t -> assertThat(t).isEqualTo(new Timing("Scale", 2, 2, t.nanos())));
        }
    }
}
