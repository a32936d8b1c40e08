package dev.sinew.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What goes wrong on the network of a {@link SimTest} method or of all those of a class, in the
 * words of {@link dev.sinew.sim.FaultPlan}: {@code @Faults({"drop client>server data 1", "at 2s
 * crash server for 5s"})}. Those on the method replace the class's.
 */
@Documented
@Target({ElementType.METHOD, ElementType.TYPE, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
public @interface Faults {
  /** One or several in each. */
  String[] value();
}
