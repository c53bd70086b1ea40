package muflex.model.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The checked header of a safetensors file.
 *
 * @param metadata text by key
 * @param places of the tensors, in the order of their data
 * @param dataStart the file's byte at which the data begin
 */
record SafetensorsHeader(Map<String, String> metadata, List<Place> places, long dataStart) {

    static final String METADATA = "__metadata__";

    /** The reference reader's limit. */
    private static final long LONGEST = 100_000_000;

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    /** Where a tensor lies, in bytes from the start of the data. */
    record Place(String name, List<Integer> shape, long begin, long end) {
        int count() {
            return Math.toIntExact((end - begin) / 4);
        }
    }

    static SafetensorsHeader read(Path file, FileChannel channel) throws IOException {
        long size = channel.size();
        require(file, size >= Safetensors.LENGTH_BYTES, "at least 8 bytes", size + " bytes");
        ByteBuffer length = ByteBuffer.allocate(Safetensors.LENGTH_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        Safetensors.readFully(channel, length);
        long headerBytes = length.flip().getLong();
        require(
                file,
                headerBytes >= 2 && headerBytes <= LONGEST && headerBytes <= size - Safetensors.LENGTH_BYTES,
                "a header that fits the file's " + size + " bytes",
                "a header length of " + headerBytes);
        ByteBuffer json = ByteBuffer.allocate((int) headerBytes);
        Safetensors.readFully(channel, json);
        long dataStart = Safetensors.LENGTH_BYTES + headerBytes;
        JsonNode root = parse(file, json.array());
        List<Place> places = places(file, root);
        requireGapless(file, places, size - dataStart);
        return new SafetensorsHeader(metadata(file, root), places, dataStart);
    }

    private static JsonNode parse(Path file, byte[] json) {
        JsonNode root;
        try {
            root = MAPPER.readTree(json);
        } catch (JacksonException e) {
            throw new IllegalArgumentException(message(file, "a JSON header", DamagedJson.reason(e)), e);
        }
        require(
                file,
                root.isObject(),
                "a JSON object as header",
                root.getNodeType().toString());
        return root;
    }

    private static Map<String, String> metadata(Path file, JsonNode root) {
        Map<String, String> metadata = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : root.path(METADATA).properties()) {
            require(file, entry.getValue().isString(), "text for metadata " + entry.getKey(), entry.getValue() + "");
            metadata.put(entry.getKey(), entry.getValue().asString());
        }
        return metadata;
    }

    private static List<Place> places(Path file, JsonNode root) {
        List<Place> places = new ArrayList<>();
        for (Map.Entry<String, JsonNode> entry : root.properties()) {
            if (!entry.getKey().equals(METADATA)) {
                places.add(place(file, entry.getKey(), entry.getValue()));
            }
        }
        places.sort(Comparator.comparingLong(Place::begin).thenComparingLong(Place::end));
        return places;
    }

    private static Place place(Path file, String name, JsonNode node) {
        String dtype = node.path("dtype").asString("none");
        require(file, dtype.equals("F32"), "dtype F32 for " + name, dtype);
        List<Integer> shape = new ArrayList<>();
        long count = 1;
        for (JsonNode axis : node.path("shape")) {
            require(file, axis.isInt() && axis.intValue() >= 0, "whole sizes as shape of " + name, axis + "");
            shape.add(axis.intValue());
            count *= axis.intValue();
            require(file, count <= Integer.MAX_VALUE, "at most 2^31 numbers in " + name, count + "");
        }
        JsonNode offsets = node.path("data_offsets");
        require(
                file,
                offsets.size() == 2
                        && offsets.get(0).isIntegralNumber()
                        && offsets.get(1).isIntegralNumber(),
                "two data_offsets for " + name,
                offsets + "");
        Place place =
                new Place(name, shape, offsets.get(0).asLong(-1), offsets.get(1).asLong(-1));
        require(
                file,
                place.begin() >= 0 && place.end() - place.begin() == 4 * count,
                4 * count + " bytes for " + name + " of shape " + shape,
                "data_offsets " + offsets);
        return place;
    }

    /** Data that overlap, leave gaps or end elsewhere than the file does mean that the file is damaged. */
    private static void requireGapless(Path file, List<Place> places, long dataBytes) {
        long end = 0;
        for (Place place : places) {
            require(file, place.begin() == end, place.name() + " to begin at " + end, place.begin() + "");
            end = place.end();
        }
        require(file, end == dataBytes, end + " bytes of data", dataBytes + " (truncated, or bytes were added)");
    }

    private static void require(Path file, boolean condition, String expected, String got) {
        if (!condition) {
            throw new IllegalArgumentException(message(file, expected, got));
        }
    }

    private static String message(Path file, String expected, String got) {
        return file.getFileName() + ": expected " + expected + ", got " + got
                + "; the file is damaged or no safetensors file of F32 tensors, take another copy";
    }
}
