package muflex.engine.offload;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The user's arrays that kernels read, whose elements may change between runs: those that did are copied again before each.
 * A parameter's own array is not copied: the kernel reads the parameter on the device.
 */
final class LiveArrays implements AutoCloseable {
    private final Accelerator accelerator;
    private final Function<float[], @Nullable DeviceArray> persistent;
    private final IdentityHashMap<Object, List<Object>> passed = new IdentityHashMap<>();
    private final List<Runnable> refreshes = new ArrayList<>();
    private final List<Memory> owned = new ArrayList<>();

    /** @param persistent the device's array of a parameter that is kept in that very array, or null */
    LiveArrays(Accelerator accelerator, Function<float[], @Nullable DeviceArray> persistent) {
        this.accelerator = accelerator;
        this.persistent = persistent;
    }

    /** An array of floats. */
    DeviceArray floats(float[] array) {
        List<Object> arguments = array(array);
        return new DeviceArray((Memory) arguments.getFirst(), array.length);
    }

    /** An array of ints. */
    DeviceArray ints(int[] array) {
        return new DeviceArray((Memory) array(array).getFirst(), array.length);
    }

    /** What C is passed for a captured value: an array and its length, with the starts of its rows between; a scalar. */
    List<Object> captured(Object value) {
        return switch (value) {
            case Integer i -> List.of(i);
            case Long l -> List.of(l);
            case Float f -> List.of(f);
            case Double d -> List.of(d);
            case Boolean b -> List.of(b ? 1 : 0);
            case Number number -> List.of(number.intValue());
            case Character c -> List.of((int) c);
            default -> array(value);
        };
    }

    private List<Object> array(Object array) {
        List<Object> known = passed.get(array);
        if (known == null) {
            known = place(array);
            passed.put(array, known);
        }
        return known;
    }

    private List<Object> place(Object array) {
        return switch (array) {
            case float[] floats -> {
                DeviceArray own = persistent.apply(floats);
                Memory memory = own == null ? keep(floats) : own.memory();
                yield List.of(memory, floats.length);
            }
            case int[] ints -> {
                Memory memory = allocate(4L * ints.length);
                int[] last = ints.clone();
                memory.write(ints);
                refreshes.add(() -> {
                    if (!Arrays.equals(last, ints)) {
                        System.arraycopy(ints, 0, last, 0, last.length);
                        memory.write(ints);
                    }
                });
                yield List.of(memory, ints.length);
            }
            case byte[] bytes -> {
                Memory memory = allocate(bytes.length);
                byte[] last = bytes.clone();
                memory.write(bytes);
                refreshes.add(() -> {
                    if (!Arrays.equals(last, bytes)) {
                        System.arraycopy(bytes, 0, last, 0, last.length);
                        memory.write(bytes);
                    }
                });
                yield List.of(memory, bytes.length);
            }
            case float[][] rows -> rows(rows);
            default ->
                throw new IllegalArgumentException("capture: expected a number or an array of float, int or byte, got "
                        + array.getClass().getSimpleName());
        };
    }

    /** One row after the other, and where each starts. */
    private List<Object> rows(float[][] rows) {
        int[] starts = new int[rows.length + 1];
        for (int r = 0; r < rows.length; r++) {
            starts[r + 1] = Math.addExact(starts[r], rows[r].length);
        }
        float[] flat = new float[starts[rows.length]];
        Runnable gather = () -> {
            for (int r = 0; r < rows.length; r++) {
                System.arraycopy(rows[r], 0, flat, starts[r], starts[r + 1] - starts[r]);
            }
        };
        gather.run();
        refreshes.add(gather);
        Memory places = allocate(4L * starts.length);
        places.write(starts);
        return List.of(keep(flat), places, rows.length);
    }

    private Memory keep(float[] floats) {
        Memory memory = allocate(4L * floats.length);
        float[] last = floats.clone();
        memory.write(floats);
        refreshes.add(() -> {
            if (!Arrays.equals(last, floats)) {
                System.arraycopy(floats, 0, last, 0, last.length);
                memory.write(floats);
            }
        });
        return memory;
    }

    private Memory allocate(long bytes) {
        Memory memory = accelerator.allocate("captured array", bytes);
        owned.add(memory);
        return memory;
    }

    /** Copies what has changed since the last call. */
    void refresh() {
        refreshes.forEach(Runnable::run);
    }

    long bytes() {
        return owned.stream().mapToLong(Memory::bytes).sum();
    }

    @Override
    public void close() {
        owned.forEach(Memory::close);
    }
}
