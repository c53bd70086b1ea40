/**
 * The {@code loops} and {@code cpu} engines: the kernels run as JVM bytecode in this process. The two share
 * everything but the binding of lanes: plain loops for one, {@code jdk.incubator.vector} for the other. Nothing
 * that needs a driver or native code belongs here.
 */
@NullMarked
package muflex.engine.jvm;

import org.jspecify.annotations.NullMarked;
