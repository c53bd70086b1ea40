package muflex.engine.offload;

/** An array on a device. Copies wait for what was launched before them. */
public interface Memory extends AutoCloseable {

    long bytes();

    /** Copies a whole array to the start of this one. */
    void write(float[] from);

    void write(int[] from);

    void write(byte[] from);

    /** Copies the first {@code to.length} elements. */
    void read(float[] to);

    void read(int[] to);

    @Override
    void close();
}
