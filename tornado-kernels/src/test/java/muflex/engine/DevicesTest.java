package muflex.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DevicesTest {

    private record Broken(Throwable failure) implements Engine {
        @Override
        public String name() {
            return "broken";
        }

        @Override
        public List<Device> devices() {
            if (failure instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) failure;
        }
    }

    private record Working(Device device) implements Engine {
        @Override
        public String name() {
            return "working";
        }

        @Override
        public List<Device> devices() {
            return List.of(device);
        }

        @Override
        public @Nullable String problem() {
            return null;
        }
    }

    @Test
    void anEngineThatFailsLeavesTheOthersTheirDevices() {
        Device device = Devices.byId("loops");
        for (Throwable failure :
                List.of(new IllegalStateException("the driver\nis odd"), new UnsatisfiedLinkError("the driver"))) {
            Map<String, String> problems = new LinkedHashMap<>();

            List<Device> found = Devices.find(List.of(new Broken(failure), new Working(device)), problems);

            assertThat(found).containsExactly(device);
            assertThat(problems)
                    .containsExactly(Map.entry(
                            "broken",
                            "broken: expected its devices, got "
                                    + failure.getClass().getName() + ": the driver; mend or update its driver"));
        }
    }
}
