package muflex.attention;

/** Argument checks of the ready-made mods. */
final class Check {

    private Check() {}

    static void atLeast(String name, int minimum, int value) {
        if (value < minimum) {
            throw new IllegalArgumentException(
                    name + ": expected at least " + minimum + ", got " + value + "; pass a larger value");
        }
    }

    static void range(String name, int least, int most, int value) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    name + ": expected " + least + " to " + most + ", got " + value + "; pass a value in that range");
        }
    }

    static void positive(String name, float value) {
        if (!(value > 0) || value == Float.POSITIVE_INFINITY) {
            throw new IllegalArgumentException(
                    name + ": expected a positive number, got " + value + "; pass a finite value above 0");
        }
    }

    static void length(String name, String axes, int expected, int length) {
        if (length != expected) {
            throw new IllegalArgumentException(name + ": expected " + expected + " elements " + axes + ", got " + length
                    + "; pass an array of that length");
        }
    }
}
