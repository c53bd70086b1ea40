package muflex.experiments.peers;

/**
 * A pause after another library's turn. Idle workers of OpenMP spin for 200 ms after a call (the default of
 * KMP_BLOCKTIME), those of ONNX Runtime for some milliseconds, and would take a core from whoever is timed next: on two
 * cores cpu then looks up to twice as slow. Telling them not to spin would slow the library itself.
 */
final class Settle {

    private static final long MILLIS = 250;

    private Settle() {}

    static void pause() {
        try {
            Thread.sleep(MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
