package muflex.experiments.peers;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import muflex.attention.AttentionShape;

/**
 * An ONNX model of one node, {@code Attention} of opset 23, in protocol buffers as onnx.proto3 numbers the fields.
 * Inputs q, k, v and output out, all {@code [batch, heads, seq, dim]} in float32.
 */
final class OnnxModel {

    private static final int IR_VERSION = 10;
    private static final int OPSET = 23;
    private static final int FLOAT = 1;
    private static final int ATTRIBUTE_FLOAT = 1;
    private static final int ATTRIBUTE_INT = 2;

    private OnnxModel() {}

    static byte[] attention(AttentionShape shape, float scale, boolean causal) {
        Message node = new Message()
                .text(1, "q")
                .text(1, "k")
                .text(1, "v")
                .text(2, "out")
                .text(4, "Attention")
                .message(5, new Message().text(1, "scale").fixed(2, scale).number(20, ATTRIBUTE_FLOAT))
                .message(
                        5,
                        new Message()
                                .text(1, "is_causal")
                                .number(3, causal ? 1 : 0)
                                .number(20, ATTRIBUTE_INT));
        int b = shape.batch();
        Message graph = new Message()
                .message(1, node)
                .text(2, "attention")
                .message(11, value("q", b, shape.queryHeads(), shape.queryLength(), shape.headDim()))
                .message(11, value("k", b, shape.kvHeads(), shape.kvLength(), shape.headDim()))
                .message(11, value("v", b, shape.kvHeads(), shape.kvLength(), shape.valueDim()))
                .message(12, value("out", b, shape.queryHeads(), shape.queryLength(), shape.valueDim()));
        return new Message()
                .number(1, IR_VERSION)
                .message(7, graph)
                .message(8, new Message().text(1, "").number(2, OPSET))
                .bytes();
    }

    private static Message value(String name, int... sizes) {
        Message dims = new Message();
        for (int size : sizes) {
            dims.message(1, new Message().number(1, size));
        }
        Message tensor = new Message().number(1, FLOAT).message(2, dims);
        return new Message().text(1, name).message(2, new Message().message(1, tensor));
    }

    /** A message in the wire format of protocol buffers. */
    private static final class Message {

        private static final int VARINT = 0;
        private static final int LENGTH = 2;
        private static final int FIXED32 = 5;

        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        Message number(int field, long value) {
            varint((long) field << 3 | VARINT);
            varint(value);
            return this;
        }

        Message fixed(int field, float value) {
            varint((long) field << 3 | FIXED32);
            int bits = Float.floatToRawIntBits(value);
            for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
                out.write(bits >>> shift);
            }
            return this;
        }

        Message text(int field, String value) {
            return block(field, value.getBytes(StandardCharsets.UTF_8));
        }

        Message message(int field, Message value) {
            return block(field, value.bytes());
        }

        byte[] bytes() {
            return out.toByteArray();
        }

        private Message block(int field, byte[] value) {
            varint((long) field << 3 | LENGTH);
            varint(value.length);
            out.writeBytes(value);
            return this;
        }

        private void varint(long value) {
            long rest = value;
            while (rest >>> 7 != 0) {
                out.write((int) (rest & 0x7F | 0x80));
                rest >>>= 7;
            }
            out.write((int) rest);
        }
    }
}
