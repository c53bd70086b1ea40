package muflex.experiments.mup;

import java.util.List;
import muflex.experiments.report.Environment;
import muflex.experiments.report.Git;

/** Where the tests' rows come from. */
final class Origins {

    static final Origin SOME = new Origin(
            "cpu",
            "2 cores",
            null,
            new Environment(
                    "abacus", 2, 1L << 34, "Linux 6.1 amd64", "JDK 25", List.of("-Xmx2g"), 1L << 31, 256, "here", null),
            new Git("abc", false),
            "scripts/muflex transfer");

    private Origins() {}
}
