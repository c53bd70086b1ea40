package muflex.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import muflex.engine.AttentionOp;
import muflex.engine.Device;
import muflex.engine.Devices;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Cases on every device that is here: forward, lse and all gradients against float64. To see some devices only, run with
 * {@code -Dmuflex.conformance=cpu,loops}. In several classes, which run side by side: an OpenCL driver compiles for seconds a case.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class Conformance {
    private final List<Case> cases;

    /** The case at hand and its gold, which all devices share: cases come in order. */
    private @Nullable Case current;

    private @Nullable Gold gold;

    Conformance(List<Case> cases) {
        this.cases = cases;
    }

    Stream<Arguments> casesAndDevices() {
        Set<String> only = Set.of(System.getProperty("muflex.conformance", "").split(","));
        return cases.stream()
                .flatMap(test -> Devices.all().stream()
                        .filter(device -> only.contains("") || only.contains(device.id()))
                        .filter(device -> device.supports(test.precision()))
                        .map(device -> Arguments.of(test, device.id())));
    }

    @ParameterizedTest(name = "{0} on {1}", allowZeroInvocations = true)
    @MethodSource("casesAndDevices")
    void agreesWithFloat64(Case test, String id) {
        Device device = Devices.byId(id);
        Gold gold = gold(test);
        try (AttentionOp op = device.compile(gold.spec)) {
            Map<String, float[]> results = gold.run(op, test.shape());
            List<String> failures = new ArrayList<>();
            gold.errors(results).forEach((name, errors) -> {
                if (!errors.passes()) {
                    failures.add(test + " on " + id + ": " + name + ": " + errors);
                }
            });
            if (!failures.isEmpty()) {
                Assertions.fail(String.join("\n", failures));
            }
            assertRepeats(id, op, gold, test, results);
        }
    }

    private Gold gold(Case test) {
        if (gold == null || !test.equals(current)) {
            gold = new Gold(test);
            current = test;
        }
        return gold;
    }

    /** A second call gives the same bits. */
    private static void assertRepeats(String id, AttentionOp op, Gold gold, Case test, Map<String, float[]> results) {
        gold.run(op, test.shape())
                .forEach((name, again) -> assertThat(again)
                        .as("%s on %s: %s the second time", test, id, name)
                        .isEqualTo(results.get(name)));
    }
}
