package muflex.model.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The safetensors format, for F32 tensors: 8 bytes of header length (little-endian), a JSON header that gives each
 * tensor's type, shape and place, then the numbers (little-endian, row-major). Source: the format section of
 * github.com/huggingface/safetensors.
 */
public final class Safetensors {

    static final int LENGTH_BYTES = 8;
    private static final int CHUNK_FLOATS = 1 << 18;
    private static final JsonMapper MAPPER = JsonMapper.shared();

    private Safetensors() {}

    /**
     * One tensor.
     *
     * @param shape outermost axis first; empty for a scalar
     * @param values row-major, not copied
     */
    public record Entry(List<Integer> shape, float[] values) {
        public Entry {
            shape = List.copyOf(shape);
            long count = shape.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
            if (count != values.length) {
                throw new IllegalArgumentException("tensor: expected " + count + " values for shape " + shape + ", got "
                        + values.length + "; pass the whole array");
            }
        }
    }

    /**
     * A file.
     *
     * @param metadata text by key
     * @param tensors by name, in the order of their data
     */
    public record Contents(Map<String, String> metadata, Map<String, Entry> tensors) {
        public Contents {
            metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
            tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
        }
    }

    /** Writes {@code file} atomically; the same contents give the same bytes. */
    public static void write(Path file, Contents contents) throws IOException {
        byte[] header = header(contents);
        AtomicFiles.write(file, channel -> {
            ByteBuffer buffer = ByteBuffer.allocateDirect(4 * CHUNK_FLOATS).order(ByteOrder.LITTLE_ENDIAN);
            writeFully(channel, buffer.putLong(header.length).flip());
            writeFully(channel, ByteBuffer.wrap(header));
            for (Entry entry : contents.tensors().values()) {
                writeFloats(channel, buffer, entry.values());
            }
        });
    }

    /**
     * Reads {@code file}, checking every length against the file's size.
     *
     * @throws IllegalArgumentException if it is not a well-formed file of F32 tensors
     */
    public static Contents read(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            SafetensorsHeader header = SafetensorsHeader.read(file, channel);
            Map<String, Entry> tensors = new LinkedHashMap<>();
            ByteBuffer buffer = ByteBuffer.allocateDirect(4 * CHUNK_FLOATS).order(ByteOrder.LITTLE_ENDIAN);
            channel.position(header.dataStart());
            for (SafetensorsHeader.Place place : header.places()) {
                float[] values = new float[place.count()];
                readFloats(channel, buffer, values);
                tensors.put(place.name(), new Entry(place.shape(), values));
            }
            return new Contents(header.metadata(), tensors);
        }
    }

    /**
     * What a file says of itself, without its numbers.
     *
     * @param metadata text by key
     * @param shapes by name, in the order of their data; outermost axis first
     */
    public record Header(Map<String, String> metadata, Map<String, List<Integer>> shapes) {
        public Header {
            metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
            shapes = Collections.unmodifiableMap(new LinkedHashMap<>(shapes));
        }
    }

    /**
     * Reads names, shapes and metadata of {@code file}.
     *
     * @throws IllegalArgumentException if it is not a well-formed file of F32 tensors
     */
    public static Header readHeader(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            SafetensorsHeader header = SafetensorsHeader.read(file, channel);
            Map<String, List<Integer>> shapes = new LinkedHashMap<>();
            header.places().forEach(place -> shapes.put(place.name(), place.shape()));
            return new Header(header.metadata(), shapes);
        }
    }

    private static byte[] header(Contents contents) {
        ObjectNode root = MAPPER.createObjectNode();
        if (!contents.metadata().isEmpty()) {
            ObjectNode metadata = root.putObject(SafetensorsHeader.METADATA);
            contents.metadata().forEach(metadata::put);
        }
        long offset = 0;
        for (Map.Entry<String, Entry> tensor : contents.tensors().entrySet()) {
            ObjectNode node = root.putObject(tensor.getKey());
            node.put("dtype", "F32");
            ArrayNode shape = node.putArray("shape");
            tensor.getValue().shape().forEach(shape::add);
            ArrayNode offsets = node.putArray("data_offsets");
            offsets.add(offset);
            offset += 4L * tensor.getValue().values().length;
            offsets.add(offset);
        }
        // The data begin at a multiple of 8 bytes, as the reference writer has it.
        String json = MAPPER.writeValueAsString(root);
        int padding = Math.floorMod(-json.getBytes(StandardCharsets.UTF_8).length, 8);
        return (json + " ".repeat(padding)).getBytes(StandardCharsets.UTF_8);
    }

    private static void writeFloats(FileChannel channel, ByteBuffer buffer, float[] values) throws IOException {
        for (int from = 0; from < values.length; from += CHUNK_FLOATS) {
            int count = Math.min(CHUNK_FLOATS, values.length - from);
            buffer.clear().limit(4 * count);
            buffer.asFloatBuffer().put(values, from, count);
            writeFully(channel, buffer);
        }
    }

    private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private static void readFloats(FileChannel channel, ByteBuffer buffer, float[] values) throws IOException {
        for (int from = 0; from < values.length; from += CHUNK_FLOATS) {
            int count = Math.min(CHUNK_FLOATS, values.length - from);
            buffer.clear().limit(4 * count);
            readFully(channel, buffer);
            buffer.flip();
            buffer.asFloatBuffer().get(values, from, count);
        }
    }

    static void readFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            if (channel.read(bytes) < 0) {
                throw new IOException("the file became shorter while it was read");
            }
        }
    }
}
