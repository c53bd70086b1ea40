package muflex.engine.reference;

import java.util.List;
import muflex.engine.AttentionOp;
import muflex.engine.AttentionSpec;
import muflex.engine.Device;
import muflex.engine.Engine;
import muflex.engine.Program;
import muflex.engine.Storage;
import muflex.graph.Graph;
import muflex.graph.Tensor;

/** The float64 oracle as an engine with one device, {@code reference}. */
public final class ReferenceEngine implements Engine {

    @Override
    public String name() {
        return "reference";
    }

    @Override
    public List<Device> devices() {
        return List.of(new ReferenceDevice());
    }

    private static final class ReferenceDevice implements Device {
        @Override
        public String id() {
            return "reference";
        }

        @Override
        public String description() {
            return "float64 oracle, plain loops, " + Runtime.getRuntime().availableProcessors() + " threads";
        }

        @Override
        public int preference() {
            return 0;
        }

        @Override
        public boolean canInterpret() {
            return true;
        }

        @Override
        public AttentionOp compile(AttentionSpec spec) {
            return new ReferenceAttention(spec);
        }

        @Override
        public Program compile(Graph graph, List<Tensor> outputs, Storage storage) {
            return new ReferenceProgram(graph, outputs, storage);
        }
    }
}
