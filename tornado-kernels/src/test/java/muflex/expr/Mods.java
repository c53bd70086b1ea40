package muflex.expr;

import java.io.Serializable;

/** Functional interfaces as the users of this package have them. */
final class Mods {
    private Mods() {}

    interface Score extends Serializable {
        float apply(float score, int b, int h, int q, int kv);

        default Score andThen(Score next) {
            return (s, b, h, q, kv) -> next.apply(apply(s, b, h, q, kv), b, h, q, kv);
        }
    }

    interface Mask extends Serializable {
        boolean test(int b, int h, int q, int kv);

        default Mask and(Mask other) {
            return (b, h, q, kv) -> test(b, h, q, kv) && other.test(b, h, q, kv);
        }

        default Mask or(Mask other) {
            return (b, h, q, kv) -> test(b, h, q, kv) || other.test(b, h, q, kv);
        }

        default Mask negate() {
            return (b, h, q, kv) -> !test(b, h, q, kv);
        }
    }

    /** Of every type there is. */
    interface Any extends Serializable {
        double apply(float x, double y, int i, int j, long k, boolean t);
    }

    /** Ints to an int, where wrapping shows. */
    interface Ints extends Serializable {
        int apply(int i, int j);
    }

    /** Not serializable. */
    interface Plain {
        float apply(float x);
    }
}
