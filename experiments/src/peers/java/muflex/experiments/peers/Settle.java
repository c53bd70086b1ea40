package muflex.experiments.peers;

/**
 * A pause after another library's turn. Idle workers of OpenMP and of ONNX Runtime spin for some milliseconds after a
 * call, and would take a core from whoever is timed next: on two cores cpu then looks up to twice as slow. Telling them
 * not to spin would slow the library itself.
 */
final class Settle {

    private static final long MILLIS = 20;

    private Settle() {}

    static void pause() {
        try {
            Thread.sleep(MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
