package muflex.experiments.peers;

import muflex.experiments.compare.Stopwatch;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Between Java's arrays and libtorch's tensors, which have memory of their own. */
public final class Torch {

    private Torch() {}

    /** As many threads as there are cores. */
    public static void useAllCores() {
        torch.set_num_threads(Runtime.getRuntime().availableProcessors());
    }

    /** A call of the library; it leaves the cores to others when its turn is over. */
    public static Stopwatch.Turn turn(Runnable call) {
        return new Stopwatch.Turn() {
            @Override
            public long run() {
                long start = System.nanoTime();
                call.run();
                return System.nanoTime() - start;
            }

            @Override
            public void settle() {
                Settle.pause();
            }
        };
    }

    public static Tensor tensor(float[] values, long... sizes) {
        Tensor tensor = torch.empty(sizes);
        put(values, tensor);
        return tensor;
    }

    public static Tensor tensor(int[] values, long... sizes) {
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

    /** Copies into a dense tensor of as many elements. */
    static void put(float[] from, Tensor to) {
        try (FloatPointer memory = new FloatPointer(to.data_ptr())) {
            memory.capacity(from.length).put(from);
        }
    }

    /** Copies out of a tensor of as many elements. */
    public static void get(Tensor from, float[] to) {
        Tensor dense = from.contiguous();
        try (FloatPointer memory = new FloatPointer(dense.data_ptr())) {
            memory.capacity(to.length).get(to);
        }
    }
}
