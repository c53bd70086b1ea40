package muflex.conformance;

import java.util.List;
import java.util.stream.Stream;
import muflex.attention.Precision;

/**
 * All cases in half precision, on the devices that have it: none without tensor cores, where HalfKernelsTest sees to the
 * kernels.
 */
class HalfConformanceTest extends Conformance {

    HalfConformanceTest() {
        super(casesIn(Precision.HALF));
    }

    static List<Case> casesIn(Precision precision) {
        return Stream.of(ShapeCases.all(), MaskCases.all(), ScoreCases.all(), LearnedCases.all(), RandomCases.softmax())
                .flatMap(List::stream)
                .map(test -> test.in(precision))
                .toList();
    }
}
