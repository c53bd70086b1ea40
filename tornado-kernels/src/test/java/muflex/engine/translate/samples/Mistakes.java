package muflex.engine.translate.samples;

import java.util.List;
import muflex.kernels.Parallel;
import muflex.kernels.Scratch;
import muflex.kernels.WorkGroup;

/** Kernels with one thing each that devices cannot run. */
public final class Mistakes {
    private static int counter;

    private Mistakes() {}

    public static void object(float[] x, int first, int last) {
        for (@Parallel int i = first; i < last; i++) {
            x[i] = List.of(i).size();
        }
    }

    public static void instance(float[] x, String s, int first, int last) {
        for (@Parallel int i = first; i < last; i++) {
            x[i] = s.length();
        }
    }

    public static void caught(float[] x, int first, int last) {
        for (@Parallel int i = first; i < last; i++) {
            try {
                x[i] = 1;
            } catch (IndexOutOfBoundsException e) {
                return;
            }
        }
    }

    public static void returns(float[] x, int first, int last) {
        for (@Parallel int i = first; i < last; i++) {
            if (x[i] > 0) {
                return;
            }
            x[i] = 1;
        }
    }

    public static void stepsByTwo(float[] x, int first, int last) {
        for (@Parallel int i = first; i < last; i += 2) {
            x[i] = 1;
        }
    }

    public static void sequential(float[] x, int first, int last) {
        for (int i = first; i < last; i++) {
            x[i] = 1;
        }
    }

    public static void goesOn(float[] x, int first, int last) {
        for (@Parallel int i = first; i < last; i++) {
            x[i] = 1;
        }
        x[0] = 2;
    }

    public static void recursive(float[] x, int first, int last) {
        for (@Parallel int i = first; i < last; i++) {
            x[i] = factorial(i);
        }
    }

    private static float factorial(int n) {
        return n < 2 ? 1 : n * factorial(n - 1);
    }

    public static void swaps(float[] x, float[] y, int first, int last) {
        for (@Parallel int i = first; i < last; i++) {
            float[] a = x;
            if (i > 3) {
                a = y;
            }
            a[i] = 1;
        }
    }

    public static void chooses(float[] x, float[] y, int first, int last) {
        for (@Parallel int i = first; i < last; i++) {
            (i > 3 ? x : y)[i] = 1;
        }
    }

    public static void sizes(float[] x, int n, int first, int last) {
        for (@Parallel int i = first; i < last; i++) {
            float[] a = Scratch.floats(0, n);
            x[i] = a[i];
        }
    }

    public static void mutable(float[] x, int first, int last) {
        for (@Parallel int i = first; i < last; i++) {
            x[i] = counter;
        }
    }

    public static void nested(float[][] x, int[][] n, int first, int last) {
        for (@Parallel int i = first; i < last; i++) {
            x[0][i] = n[0][i];
        }
    }

    public static void compares(int[] x, int first, int last) {
        for (@Parallel int i = first; i < last; i++) {
            x[i] = Integer.compare(x[i], 3);
        }
    }

    public static void unknownMath(double[] x, int first, int last) {
        for (@Parallel int i = first; i < last; i++) {
            x[i] = Math.nextUp(x[i]);
        }
    }

    public static void sharedInFunction(float[] x) {
        WorkGroup.barrier();
        shared(x);
    }

    private static void shared(float[] x) {
        float[] local = WorkGroup.localFloats(4);
        x[WorkGroup.globalId()] = local[0];
    }

    public static void builds(float[] x, int first, int last) {
        for (@Parallel int i = first; i < last; i++) {
            x[i] = new StringBuilder(i).length();
        }
    }

    static void bump() {
        counter++;
    }
}
