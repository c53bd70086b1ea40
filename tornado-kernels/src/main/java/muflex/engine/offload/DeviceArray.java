package muflex.engine.offload;

/**
 * A Java array's place on a device.
 *
 * @param length its elements, as Java counts them
 */
public record DeviceArray(Memory memory, int length) {}
