package muflex.engine.tornado;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassElement;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.MethodModel;
import java.util.Map;
import java.util.Objects;
import muflex.kernels.Lanes;

/**
 * The kernels as they are written, plain Java, but with vectors of a chosen length, on which the layout of panels depends: what the
 * answers of TornadoVM's compiler are compared with.
 */
final class PlainKernels extends KernelLoader {
    private final Map<String, Integer> constants;

    /** @param lanes floats in a vector */
    PlainKernels(int lanes) {
        constants = Map.of("length", lanes, "tileVectors", LanesClass.tileVectors(lanes));
    }

    /** This loader's class of the same name. */
    Class<?> classOf(Class<?> kernels) {
        try {
            return loadClass(kernels.getName());
        } catch (ClassNotFoundException e) {
            throw new IllegalArgumentException("no class " + kernels, e);
        }
    }

    @Override
    byte[] bytesOf(String name) throws ClassNotFoundException {
        ClassTransform change = name.equals(Lanes.class.getName()) ? this::putConstants : ClassTransform.ACCEPT_ALL;
        return ClassFile.of().transformClass(read(name), change);
    }

    private void putConstants(ClassBuilder to, ClassElement element) {
        if (element instanceof MethodModel method
                && constants.containsKey(method.methodName().stringValue())) {
            int constant =
                    Objects.requireNonNull(constants.get(method.methodName().stringValue()));
            to.withMethodBody(
                    method.methodName(),
                    method.methodType(),
                    method.flags().flagsMask(),
                    code -> code.loadConstant(constant).ireturn());
        } else {
            to.with(element);
        }
    }
}
