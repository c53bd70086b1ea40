package muflex.engine.offload;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import muflex.attention.AttentionShape;
import org.jspecify.annotations.Nullable;

/**
 * What {@code muflex kernels tune} measured to be fastest: for each device and driver a small file of lines
 * {@code attention.64x64.1024=tiles-16-1} (kernel, head dim x value dim, length up to a power of two). Without one, a device's
 * properties decide, see {@link Form}.
 */
public final class Tuned {
    private static final ConcurrentMap<String, Properties> FILES = new ConcurrentHashMap<>();

    private Tuned() {}

    /** The shape class: kernels are compiled for head dims; for lengths, powers of two tell enough. */
    static String attention(AttentionShape shape) {
        int length = Math.max(shape.queryLength(), shape.kvLength());
        int upTo = Integer.highestOneBit(Math.max(1, length - 1)) << 1;
        return "attention." + shape.headDim() + "x" + shape.valueDim() + "." + upTo;
    }

    /** The form kept for attention of such shapes on that device, or null; {@code muflex.form} says one for all. */
    static @Nullable Form find(String device, AttentionShape shape) {
        String forced = System.getProperty(Switches.FORM);
        if (forced != null) {
            return Form.parse(forced);
        }
        String kept = read(device).getProperty(attention(shape));
        try {
            return kept == null ? null : Form.parse(kept);
        } catch (IllegalArgumentException e) {
            return null; // of another version: the device's properties decide
        }
    }

    /**
     * Keeps a form.
     *
     * @param device what names it, its driver's version and who compiles, so that a new driver is measured anew
     * @return the file, or null where nothing can be kept
     */
    static @Nullable Path keep(String device, AttentionShape shape, Form form) {
        Path file = file(device);
        if (file == null) {
            return null;
        }
        Properties all = new Properties();
        all.putAll(read(device));
        all.setProperty(attention(shape), form.toString());
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            all.store(bytes, device);
        } catch (IOException e) {
            throw new UncheckedIOException("an array of bytes takes all", e);
        }
        Caches.store(bytes.toByteArray(), file);
        FILES.put(device, all);
        return file;
    }

    private static Properties read(String device) {
        return FILES.computeIfAbsent(device, key -> {
            Properties properties = new Properties();
            Path file = file(device);
            if (file != null && Files.isReadable(file)) {
                try (InputStream in = Files.newInputStream(file)) {
                    properties.load(in);
                } catch (IOException | IllegalArgumentException e) {
                    properties.clear(); // as if there were none
                }
            }
            return properties;
        });
    }

    private static @Nullable Path file(String device) {
        return Caches.file("tuned", Caches.key(device) + ".properties");
    }
}
