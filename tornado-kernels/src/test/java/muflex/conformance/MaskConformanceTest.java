package muflex.conformance;

/** The cases of masks. */
class MaskConformanceTest extends Conformance {

    MaskConformanceTest() {
        super(MaskCases.all());
    }
}
