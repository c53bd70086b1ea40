package muflex.experiments.mup;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import muflex.experiments.BadInput;
import muflex.model.parameterization.Role;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class EpsAuditTest {

    @Test
    void rowsThatNeverHadAGradientDontCount() {
        float[] squares = {0, 0, 1, 1e-20f, 0, 0, 1, 1};
        assertThat(EpsAudit.shareBelow(1e-10, squares, 2)).isEqualTo(0.25);
        assertThat(EpsAudit.shareBelow(1e-10, squares, 8)).isEqualTo(5 / 8.0);
    }

    /** Gradients below 1e-23 have no square: such a tensor is frozen, not unseen. */
    @Test
    void aWholeTensorWithoutSquaresCounts() {
        assertThat(EpsAudit.shareBelow(1e-10, new float[4], 4)).isEqualTo(1);
    }

    /** A training that left the numbers is none that passes. */
    @Test
    void squaresThatAreNoNumbersCount() {
        float[] squares = {Float.NaN, Float.NaN, 0, 0, 1, 1};
        assertThat(EpsAudit.shareBelow(1e-10, squares, 2)).isEqualTo(0.5);
    }

    @Test
    void aDivergedTrainingIsBadInput(@TempDir Path folder) throws IOException {
        Path text = Files.writeString(folder.resolve("text.txt"), "the cat sat on the mat.\n".repeat(400));
        List<Exception> thrown = new ArrayList<>();
        CommandLine line = new CommandLine(new EpsAuditCommand()).setExecutionExceptionHandler((e, command, parsed) -> {
            thrown.add(e);
            return 2;
        });

        int code = line.execute(
                "--rule=standard", "--text=" + text, "--widths=32,64", "--steps=3", "--lr=1e30", "--out=" + folder);

        assertThat(code).isEqualTo(2);
        assertThat(thrown.getFirst())
                .isInstanceOf(BadInput.class)
                .hasMessageMatching("standard at width 32, step [23]: expected a finite loss, got NaN at --lr"
                        + " 1\\.00e\\+30; use a smaller --lr");
    }

    @Test
    void theVerdictNamesTheTensorsOrTheWorstShare() {
        EpsAudit fine = new EpsAudit(Map.of(
                1, Map.of(Role.QUERY, Map.of(64, 0.9, 128, 0.9)),
                20, Map.of(Role.QUERY, Map.of(64, 0.5, 128, 0.02), Role.EMBEDDING, Map.of(64, 0.0, 128, 0.075))));
        assertThat(fine.verdict("mup"))
                .isEqualTo("mup: pass, eps slows at most 7.5 % of a tensor at the largest width (embedding; 10 % are"
                        + " allowed)");
        EpsAudit slow = new EpsAudit(
                Map.of(20, Map.of(Role.QUERY, Map.of(64, 0.0, 128, 0.3), Role.EMBEDDING, Map.of(64, 0.0, 128, 0.7))));
        assertThat(slow.verdict("seed-code"))
                .isEqualTo("seed-code: FAIL, eps slows embedding, query; let eps follow the gradients, or train with"
                        + " adam-atan2");
    }
}
