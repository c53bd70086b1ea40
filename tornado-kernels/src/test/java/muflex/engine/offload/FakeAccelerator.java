package muflex.engine.offload;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A device that computes nothing, has room for so many arrays, and takes a nanosecond for each command. */
final class FakeAccelerator implements Accelerator {
    int room = Integer.MAX_VALUE;
    int reserved;
    boolean measures = true;
    boolean readsFail;
    private List<DeviceTime> times = new ArrayList<>();

    @Override
    public String id() {
        return "fake";
    }

    @Override
    public Limits limits() {
        return new Limits(Limits.Type.CPU, 1L << 40, 1L << 40, 0, 1, 4, 8, true, false, false);
    }

    @Override
    public Memory allocate(String what, long bytes) {
        if (reserved == room) {
            throw new IllegalStateException("no room for " + what);
        }
        reserved++;
        return new FakeMemory(bytes);
    }

    private final class FakeMemory implements Memory {
        private final long bytes;

        FakeMemory(long bytes) {
            this.bytes = bytes;
        }

        @Override
        public long bytes() {
            return bytes;
        }

        @Override
        public void write(float[] from) {
            took(COPY_IN);
        }

        @Override
        public void write(int[] from) {
            took(COPY_IN);
        }

        @Override
        public void write(byte[] from) {
            took(COPY_IN);
        }

        @Override
        public void read(float[] to) {
            if (readsFail) {
                throw new IllegalStateException("the device was lost");
            }
            took(COPY_OUT);
        }

        @Override
        public void read(int[] to) {
            took(COPY_OUT);
        }

        @Override
        public void close() {
            reserved--;
        }
    }

    private void took(String command) {
        times.add(new DeviceTime(command, 1, 1));
    }

    @Override
    public Code build(String source, String title) {
        return new Code() {
            @Override
            public Launch bind(String kernel, long items, int group, List<Object> arguments) {
                return new Launch() {
                    @Override
                    public void enqueue() {
                        took(kernel);
                    }

                    @Override
                    public void close() {}
                };
            }

            @Override
            public String listing() {
                return source;
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public void finish() {}

    @Override
    public @Nullable List<DeviceTime> takeTimes() {
        List<DeviceTime> taken = times;
        times = new ArrayList<>();
        return measures ? taken : null;
    }
}
