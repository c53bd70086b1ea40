package muflex.conformance;

/** The cases of learned arrays, sinks and dropout. */
class LearnedConformanceTest extends Conformance {

    LearnedConformanceTest() {
        super(LearnedCases.all());
    }
}
