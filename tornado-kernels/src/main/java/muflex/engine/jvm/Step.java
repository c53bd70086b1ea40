package muflex.engine.jvm;

/** A part of a program, with its arrays bound. */
@FunctionalInterface
interface Step {
    void run();
}
