package muflex.conformance;

import muflex.attention.Precision;

/** {@link HalfConformanceTest} in bfloat16. */
class BfloatConformanceTest extends Conformance {

    BfloatConformanceTest() {
        super(HalfConformanceTest.casesIn(Precision.BFLOAT16));
    }
}
