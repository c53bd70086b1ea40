package muflex.engine.tornado;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;

/** Loads the classes of kernels again, changed; they see each other and not those of the class path. */
abstract class KernelLoader extends ClassLoader {
    static final String KERNELS = "muflex.kernels.";

    KernelLoader() {
        super(KernelLoader.class.getClassLoader());
    }

    /** Whether this loader makes the class. */
    boolean makes(String name) {
        return name.startsWith(KERNELS);
    }

    /** The class file of a class that it makes. */
    abstract byte[] bytesOf(String name) throws ClassNotFoundException;

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        if (!makes(name)) {
            return super.loadClass(name, resolve);
        }
        synchronized (getClassLoadingLock(name)) {
            Class<?> loaded = findLoadedClass(name);
            if (loaded == null) {
                byte[] bytes = bytesOf(name);
                loaded = defineClass(name, bytes, 0, bytes.length);
            }
            return loaded;
        }
    }

    /** A class of the class path, as it is. */
    static ClassModel read(String name) throws ClassNotFoundException {
        try (InputStream in =
                KernelLoader.class.getClassLoader().getResourceAsStream(name.replace('.', '/') + ".class")) {
            if (in == null) {
                throw new ClassNotFoundException(name);
            }
            return ClassFile.of().parse(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
