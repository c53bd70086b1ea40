package muflex.conformance;

/** The cases of shapes. */
class ShapeConformanceTest extends Conformance {

    ShapeConformanceTest() {
        super(ShapeCases.all());
    }
}
