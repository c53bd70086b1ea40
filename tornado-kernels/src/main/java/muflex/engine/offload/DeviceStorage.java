package muflex.engine.offload;

import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import muflex.engine.Storage;
import muflex.graph.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The persistent tensors of one storage on one accelerator, for all programs compiled with it. They are copied there when
 * the host may have written them, and back when it asks, or when the last program is closed.
 */
final class DeviceStorage {
    private static final IdentityHashMap<Storage, IdentityHashMap<Accelerator, DeviceStorage>> ALL =
            new IdentityHashMap<>();

    private final Storage storage;
    private final Accelerator accelerator;
    private final Map<String, Place> places = new HashMap<>();
    private final IdentityHashMap<float[], Place> byArray = new IdentityHashMap<>();
    private int users;

    private static final class Place {
        final Tensor tensor;
        final DeviceArray array;
        long version = -1;

        Place(Tensor tensor, DeviceArray array) {
            this.tensor = tensor;
            this.array = array;
        }
    }

    private DeviceStorage(Storage storage, Accelerator accelerator) {
        this.storage = storage;
        this.accelerator = accelerator;
    }

    /** The one for a new program, which will {@link #release} it. */
    static synchronized DeviceStorage acquire(Storage storage, Accelerator accelerator) {
        DeviceStorage own = ALL.computeIfAbsent(storage, s -> new IdentityHashMap<>())
                .computeIfAbsent(accelerator, a -> new DeviceStorage(storage, a));
        own.users++;
        storage.copies();
        return own;
    }

    /** Where a parameter or state lives on the device. */
    DeviceArray array(Tensor tensor) {
        return place(tensor).array;
    }

    private Place place(Tensor tensor) {
        Place known = places.get(tensor.name());
        if (known == null) {
            int size = tensor.shape().size();
            known = new Place(tensor, new DeviceArray(accelerator.allocate(tensor.name(), 4L * size), size));
            places.put(tensor.name(), known);
            byArray.put(storage.peek(tensor), known);
        }
        return known;
    }

    /** The place of the tensor that is kept in that very array, or null. */
    @Nullable
    DeviceArray placeOf(float[] array) {
        Place place = byArray.get(array);
        return place == null ? null : place.array;
    }

    /** Before a run: copies a tensor to the device where the host may have written it. */
    void upload(Tensor tensor) {
        Place place = place(tensor);
        long version = storage.version(tensor);
        if (version != place.version) {
            place.array.memory().write(storage.peek(tensor));
            place.version = version;
        }
    }

    /** After a run that updated a tensor. */
    void changed(Tensor tensor) {
        Place place = place(tensor);
        place.version = storage.changed(tensor, place.array.memory()::read);
    }

    /** What {@link #acquire} gave is no longer used. All memory is freed, also where a copy back fails, which is thrown then. */
    void release() {
        synchronized (DeviceStorage.class) {
            users--;
            if (users > 0) {
                return;
            }
            ALL.computeIfPresent(storage, (key, own) -> {
                own.remove(accelerator);
                return own.isEmpty() ? null : own;
            });
        }
        RuntimeException failure = null;
        for (Place place : places.values()) {
            try {
                storage.peek(place.tensor);
            } catch (RuntimeException e) {
                failure = failure == null ? e : failure;
            } finally {
                place.array.memory().close();
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
