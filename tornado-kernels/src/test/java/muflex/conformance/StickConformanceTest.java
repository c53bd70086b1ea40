package muflex.conformance;

/** Weights of {@link muflex.attention.Weights#STICK_BREAKING}. */
class StickConformanceTest extends Conformance {

    StickConformanceTest() {
        super(StickCases.all());
    }
}
