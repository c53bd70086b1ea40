package muflex.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsTest {

    @TempDir
    Path folder;

    private static Safetensors.Contents contents() {
        Map<String, Safetensors.Entry> tensors = new LinkedHashMap<>();
        tensors.put("w", new Safetensors.Entry(List.of(2, 3), new float[] {1, -0f, 3.5f, Float.MIN_VALUE, 5, 6}));
        tensors.put("scalar", new Safetensors.Entry(List.of(), new float[] {7}));
        tensors.put("empty", new Safetensors.Entry(List.of(0, 4), new float[0]));
        return new Safetensors.Contents(Map.of("made by", "a \"test\""), tensors);
    }

    private Path file(String header, int dataBytes) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(8 + json.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(json.length).put(json);
        return Files.write(folder.resolve("t.safetensors"), bytes.array());
    }

    @Test
    void readsWhatItWritesBitForBit() throws IOException {
        Path file = folder.resolve("t.safetensors");
        Safetensors.write(file, contents());
        Safetensors.Contents read = Safetensors.read(file);
        assertThat(read.metadata()).isEqualTo(Map.of("made by", "a \"test\""));
        assertThat(read.tensors().keySet()).containsExactlyInAnyOrder("w", "scalar", "empty");
        contents().tensors().forEach((name, entry) -> {
            Safetensors.Entry found = read.tensors().get(name);
            assertThat(found.shape()).isEqualTo(entry.shape());
            assertThat(bits(found.values())).isEqualTo(bits(entry.values()));
        });
    }

    private static int[] bits(float[] values) {
        int[] bits = new int[values.length];
        Arrays.setAll(bits, i -> Float.floatToRawIntBits(values[i]));
        return bits;
    }

    @Test
    void writesTheFormatByteForByte() throws IOException {
        Path file = folder.resolve("t.safetensors");
        Safetensors.write(
                file,
                new Safetensors.Contents(
                        Map.of("a", "b"), Map.of("x", new Safetensors.Entry(List.of(1), new float[] {1}))));
        String header =
                "{\"__metadata__\":{\"a\":\"b\"},\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}";
        String padded = header + " ".repeat(Math.floorMod(-header.length(), 8));
        ByteBuffer expected = ByteBuffer.allocate(8 + padded.length() + 4).order(ByteOrder.LITTLE_ENDIAN);
        expected.putLong(padded.length())
                .put(padded.getBytes(StandardCharsets.UTF_8))
                .putFloat(1);
        assertThat(Files.readAllBytes(file)).isEqualTo(expected.array());
    }

    @Test
    void largeTensorsCrossTheBuffer() throws IOException {
        float[] values = new float[300_001];
        for (int i = 0; i < values.length; i++) {
            values[i] = i;
        }
        Path file = folder.resolve("t.safetensors");
        Safetensors.write(
                file,
                new Safetensors.Contents(Map.of(), Map.of("x", new Safetensors.Entry(List.of(values.length), values))));
        assertThat(Safetensors.read(file).tensors().get("x").values()).isEqualTo(values);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"x\":                                                                     | 0 | a JSON header",
                "[]                                                                         | 0 | a JSON object as header",
                "{\"x\":{\"dtype\":\"F16\",\"shape\":[1],\"data_offsets\":[0,2]}}             | 2 | dtype F32 for x, got F16",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}            | 4 | whole sizes as shape of x",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}             | 4 | 8 bytes for x of shape [2]",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[1]}}                                  | 4 | two data_offsets for x",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}             | 8 | x to begin at 0, got 4",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}             | 8 | 4 bytes of data, got 8",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}             | 3 | 4 bytes of data, got 3",
                "{\"__metadata__\":{\"k\":1}}                                               | 0 | text for metadata k",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},\"x\":1}     | 0 | a JSON header",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[70000,70000],\"data_offsets\":[0,0]}}   | 0 | at most 2^31 numbers",
            })
    void damagedFilesAreErrorsThatSayWhere(String header, int dataBytes, String expected) throws IOException {
        Path file = file(header, dataBytes);
        assertThatThrownBy(() -> Safetensors.read(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("t.safetensors: expected ")
                .hasMessageContaining(expected);
    }

    @Test
    void truncatedFilesAreErrorsWhereverTheyEnd() throws IOException {
        Path file = folder.resolve("t.safetensors");
        Safetensors.write(file, contents());
        byte[] whole = Files.readAllBytes(file);
        for (int length = 0; length < whole.length; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> Safetensors.read(file))
                    .as("the first %s bytes", length)
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void aFailedWriteLeavesTheOldFileAndNothingElse() throws IOException {
        Path file = folder.resolve("t.bin");
        AtomicFiles.write(file, channel -> channel.write(ByteBuffer.wrap(new byte[] {1})));
        assertThatThrownBy(() -> AtomicFiles.write(file, channel -> {
                    channel.write(ByteBuffer.wrap(new byte[] {2, 2}));
                    throw new IOException("disk full");
                }))
                .hasMessage("disk full");
        assertThat(Files.readAllBytes(file)).containsExactly(1);
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
    }
}
