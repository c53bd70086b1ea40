package muflex.conformance;

/** Cases drawn at random. */
class RandomConformanceTest extends Conformance {

    RandomConformanceTest() {
        super(RandomCases.all());
    }
}
