package muflex.experiments.peers.table;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Arrays of Java as tensors of libtorch with memory of their own. */
final class Torch {

    private Torch() {}

    static Tensor tensor(float[] values, long... sizes) {
        Tensor tensor = torch.empty(sizes);
        try (FloatPointer memory = new FloatPointer(tensor.data_ptr())) {
            memory.capacity(values.length).put(values);
        }
        return tensor;
    }

    static Tensor tensor(int[] values, long... sizes) {
        Tensor tensor = torch.empty(sizes).to(torch.ScalarType.Long);
        long[] wide = new long[values.length];
        for (int i = 0; i < wide.length; i++) {
            wide[i] = values[i];
        }
        try (LongPointer memory = new LongPointer(tensor.data_ptr())) {
            memory.capacity(wide.length).put(wide);
        }
        return tensor;
    }
}
