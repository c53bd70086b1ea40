package muflex.engine.tornado;

/**
 * The name of the classes that {@link JitClasses} generates, one for each kernel: TornadoVM looks for the class file of every
 * method that it compiles by the class's name, and finds this one's.
 */
final class JitTask {
    private JitTask() {}
}
