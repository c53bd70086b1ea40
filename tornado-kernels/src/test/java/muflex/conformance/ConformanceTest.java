package muflex.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import muflex.engine.AttentionOp;
import muflex.engine.Device;
import muflex.engine.Devices;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every case on every device that is here: forward, lse and all gradients against float64. To see one device only, run
 * with {@code -Dmuflex.conformance=cpu}.
 */
class ConformanceTest {

    /** The gold of the case at hand, which all devices share: cases come in order. */
    private static final Map<String, Gold> GOLD = new ConcurrentHashMap<>();

    static List<Case> cases() {
        List<Case> cases = new ArrayList<>();
        cases.addAll(ScoreCases.all());
        cases.addAll(MaskCases.all());
        cases.addAll(ShapeCases.all());
        cases.addAll(LearnedCases.all());
        return cases;
    }

    static Stream<Arguments> casesAndDevices() {
        String only = System.getProperty("muflex.conformance", "");
        return cases().stream()
                .flatMap(test -> Devices.all().stream()
                        .filter(device -> only.isEmpty() || device.id().equals(only))
                        .map(device -> Arguments.of(test, device.id())));
    }

    @ParameterizedTest(name = "{0} on {1}")
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
            assertRepeats(device, op, gold, test, results);
        }
    }

    private static Gold gold(Case test) {
        Gold gold = GOLD.get(test.name());
        if (gold == null) {
            GOLD.clear();
            gold = new Gold(test);
            GOLD.put(test.name(), gold);
        }
        return gold;
    }

    /** A second call gives the same bits, on the devices that promise it: those inside this JVM. */
    private static void assertRepeats(
            Device device, AttentionOp op, Gold gold, Case test, Map<String, float[]> results) {
        if (device.canInterpret()) {
            gold.run(op, test.shape())
                    .forEach((name, again) -> assertThat(again)
                            .as("%s on %s: %s the second time", test, device.id(), name)
                            .isEqualTo(results.get(name)));
        }
    }
}
