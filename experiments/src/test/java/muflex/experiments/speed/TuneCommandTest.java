package muflex.experiments.speed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import muflex.engine.Device;
import muflex.engine.Devices;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class TuneCommandTest {

    @AfterEach
    void clear() {
        System.clearProperty("muflex.cache");
    }

    /** Every form is checked before any is timed, and the one of the least time is kept. */
    @Test
    void keepsTheFastestForm(@TempDir Path cache) throws Exception {
        Optional<Device> device =
                Devices.all().stream().filter(d -> d.forms().size() > 1).findFirst();
        assumeTrue(device.isPresent(), "no device whose kernels have forms");
        System.setProperty("muflex.cache", cache.toString());
        StringWriter out = new StringWriter();

        int status = new CommandLine(new TuneCommand())
                .setOut(new PrintWriter(out))
                .execute("--device", device.get().id(), "--shapes", "1x1x32x16", "--repeat", "2");

        assertThat(status).as(out.toString()).isZero();
        String text = out.toString();
        for (String form : device.get().forms()) {
            assertThat(text.indexOf(form + " ")).as(form).isPositive();
        }
        assertThat(text.lastIndexOf("right, largest error")).isLessThan(text.indexOf("forward "));
        try (var kept = Files.walk(cache.resolve("tuned"))) {
            assertThat(kept.filter(Files::isRegularFile)).singleElement().satisfies(file -> {
                String chosen = Files.readString(file);
                assertThat(text)
                        .contains(chosen.substring(chosen.indexOf('=') + 1).strip() + ", ");
            });
        }
    }
}
