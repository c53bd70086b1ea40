package muflex.engine;

/** Arrays were asked for that a device has not the memory for; nothing was reserved. The message has both numbers, in bytes. */
public final class DeviceMemoryException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    public DeviceMemoryException(String message) {
        super(message);
    }
}
