package muflex.experiments.cost;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import muflex.AttentionGradients;
import muflex.AttentionResult;
import muflex.FlexAttention;
import muflex.UnnormalizedAttention;
import muflex.attention.AttentionShape;
import muflex.attention.ScoreMod;
import muflex.engine.Device;
import muflex.experiments.compare.Tensors;
import org.jspecify.annotations.Nullable;

/** An attention with inputs of its own, which is called again and again. */
public abstract class Subject implements AutoCloseable {

    final Tensors inputs;

    @Nullable
    AttentionResult result;

    @Nullable
    AttentionGradients gradients;

    private Subject(Tensors inputs) {
        this.inputs = inputs;
    }

    /** {@link FlexAttention}, into arrays that are kept. */
    public static Subject of(
            AttentionShape shape, Device device, UnaryOperator<FlexAttention.Builder> options, Tensors inputs) {
        FlexAttention attention =
                options.apply(FlexAttention.builder(shape).device(device)).build();
        AttentionResult kept = attention.newResult();
        return new Subject(inputs) {
            @Override
            public void forward() {
                result = kept;
                attention.forward(inputs.q(), inputs.k(), inputs.v(), kept);
            }

            @Override
            public void backward() {
                if (gradients == null) {
                    gradients = attention.newGradients();
                }
                attention.backward(inputs.q(), inputs.k(), inputs.v(), kept, inputs.dOut(), null, gradients);
            }

            @Override
            public void close() {
                attention.close();
            }
        };
    }

    /** {@link UnnormalizedAttention}, which gives new arrays at each call. */
    static Subject unnormalized(
            AttentionShape shape,
            Device device,
            UnaryOperator<FlexAttention.Builder> options,
            ScoreMod f,
            float factor,
            Tensors inputs) {
        UnnormalizedAttention attention = UnnormalizedAttention.of(
                options.apply(FlexAttention.builder(shape).device(device)), f, factor);
        return new Subject(inputs) {
            @Override
            public void forward() {
                result = attention.forward(inputs.q(), inputs.k(), inputs.v());
            }

            @Override
            public void backward() {
                AttentionResult last = result;
                if (last == null) {
                    throw new IllegalStateException("backward comes after forward");
                }
                gradients = attention.backward(inputs.q(), inputs.k(), inputs.v(), last, inputs.dOut());
            }

            @Override
            public void close() {
                attention.close();
            }
        };
    }

    /** Bytes that one more of these takes after its calls; see {@link Footprint}. */
    public static long held(Supplier<Subject> make, boolean backward) {
        return Footprint.of(() -> {
            Subject subject = make.get();
            subject.run(backward);
            return subject::close;
        });
    }

    /** Forward, and backward after it if so wanted. */
    public void run(boolean backward) {
        forward();
        if (backward) {
            backward();
        }
    }

    /** One call, into {@link #result}. */
    public abstract void forward();

    /** After forward. */
    public abstract void backward();

    /** What both passes gave last; of backward nothing before it was called. */
    List<float[]> answers() {
        List<float[]> answers = new ArrayList<>();
        AttentionResult out = result;
        if (out != null) {
            answers.add(out.out());
            answers.add(out.lse());
        }
        AttentionGradients back = gradients;
        if (back != null) {
            answers.addAll(List.of(back.dq(), back.dk(), back.dv()));
            answers.addAll(back.dCaptured().values());
        }
        return answers;
    }

    @Override
    public abstract void close();
}
