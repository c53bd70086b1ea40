package muflex.kernels;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks the loop variable of a kernel's outermost loop: its iterations, the work items, are independent of each
 * other and may run in any order and at once.
 *
 * <p>A kernel is a static method whose last two parameters are {@code int first, int last} and whose body is
 * {@code for (@Parallel int item = first; item < last; item++) {…}}. An engine on the JVM calls it on sub-ranges from
 * its worker threads; a device calls it once with {@code first = 0} and makes each iteration a work item.
 */
@Retention(RetentionPolicy.CLASS)
@Target({ElementType.LOCAL_VARIABLE, ElementType.TYPE_USE})
public @interface Parallel {}
