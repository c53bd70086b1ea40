package muflex.experiments.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class VerdictsTest {

    private static List<Verdicts.Change> changes(List<Verdicts.Verdict> verdicts) {
        return verdicts.stream().map(Verdicts.Verdict::change).toList();
    }

    @Test
    void saysWhatChangedAndWhatDidNot() {
        List<Row> before = List.of(
                Rows.timed("a", 1_000_000, 10),
                Rows.timed("b", 1_000_000, 10),
                Rows.timed("c", 1_000_000, 10),
                Rows.timed("d", 1, 1));
        List<Row> after =
                List.of(Rows.timed("a", 800_000, 10), Rows.timed("b", 1_300_000, 10), Rows.timed("c", 1_004_000, 10));

        List<Verdicts.Verdict> verdicts = Verdicts.of(before, after);

        assertThat(changes(verdicts))
                .containsExactly(
                        Verdicts.Change.FASTER, Verdicts.Change.SLOWER, Verdicts.Change.NONE, Verdicts.Change.UNKNOWN);
        assertThat(verdicts.get(1).ratio()).isBetween(1.299, 1.301);
    }

    /** One sure change among a hundred cases is found, and none is made up of the others. */
    @Test
    void manyCasesMakeNoFalseAlarm() {
        List<Row> before = new ArrayList<>();
        List<Row> after = new ArrayList<>();
        java.util.Random random = new java.util.Random(3);
        for (int i = 0; i < 100; i++) {
            before.add(Rows.timed("v" + i, 1_000_000 + random.nextInt(20_000), 1));
            after.add(Rows.timed("v" + i, 1_000_000 + random.nextInt(20_000), 1));
        }
        after.set(40, Rows.timed("v40", 1_200_000, 1));

        List<Verdicts.Verdict> verdicts = Verdicts.of(before, after);

        assertThat(verdicts.stream().filter(one -> one.change() != Verdicts.Change.NONE))
                .singleElement()
                .satisfies(one -> assertThat(one.key()).contains("v40"));
    }

    /** Half as fast a machine on which the ratio to the peer is as before is no regression. */
    @Test
    void relativeTimesLeaveTheMachineOut() {
        List<Row> before = List.of(Rows.timed("a", 1_000_000, 10), Rows.timed("b", 1_000_000, 10));
        List<Row> after = List.of(Rows.timed("a", 2_000_000, 10), Rows.timed("b", 2_000_000, 5));

        assertThat(changes(Verdicts.relative(before, after)))
                .containsExactly(Verdicts.Change.NONE, Verdicts.Change.SLOWER);
    }

    @Test
    void sideBySideLooksAsBefore() throws Exception {
        Map<String, List<Row>> files = new LinkedHashMap<>();
        files.put(
                "laptop",
                List.of(
                        Rows.timed("a", 1_000_000, 10),
                        Rows.timed("b", 1_000_000, 10),
                        Rows.four().get(3)));
        files.put("server", List.of(Rows.timed("a", 400_000, 10), Rows.timed("c", 1_300_000, 10)));

        muflex.experiments.Golden.check(
                "side-by-side.txt",
                SideBySide.table(files) + SideBySide.verdicts(Verdicts.of(files.get("laptop"), files.get("server"))));
    }
}
