package muflex.conformance;

/** The cases of score mods. */
class ScoreConformanceTest extends Conformance {

    ScoreConformanceTest() {
        super(ScoreCases.all());
    }
}
