package muflex.experiments.mup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import muflex.engine.Devices;
import muflex.experiments.Progress;
import muflex.experiments.RunFailed;
import muflex.model.data.Corpus;
import muflex.model.data.Document;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class SweepTest {

    /** The first run would take hours. */
    @Test
    @Timeout(value = 60, unit = TimeUnit.SECONDS)
    void oneRunThatFailsEndsTheOthers() {
        byte[] bytes = "the cat sat on the mat. ".repeat(100).getBytes(StandardCharsets.UTF_8);
        Corpus corpus = Corpus.of("lines", List.of(new Document("a", bytes), new Document("b", bytes)));
        SweepSettings settings = new SweepSettings(10_000_000, 2, 16, 16, 16, 1, 10, "lines", "0123");
        SweepRun runs = new SweepRun(settings, corpus, Devices.byId("loops"), Origins.SOME);
        Sweep sweep = new Sweep(
                runs,
                rule -> {
                    if (rule.equals("broken")) {
                        throw new IllegalStateException("out of luck");
                    }
                    return RuleArgument.of(rule).rule();
                },
                2);
        List<SweepCase> cases =
                List.of(new SweepCase("mup", 16, 1, 0.001, 1), new SweepCase("broken", 16, 1, 0.001, 1));
        List<SweepRow> rows = new ArrayList<>();

        assertThatThrownBy(() -> sweep.run(cases, rows::add, () -> false, Progress.onStandardError()))
                .isInstanceOf(RunFailed.class)
                .hasMessage("sweep: out of luck");

        assertThat(rows).isEmpty();
    }
}
