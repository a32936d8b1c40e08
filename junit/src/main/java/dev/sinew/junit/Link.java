package dev.sinew.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A link of the network of a {@link SimTest} method or of all those of a class: {@code
 * "client-server: delay 20ms 5ms loss 1% rate 10mbit"}. Hosts that no {@link Host} describes are
 * made. On a parameter: the link between these hosts, {@code "client-server"}.
 */
@Documented
@Target({ElementType.METHOD, ElementType.TYPE, ElementType.PARAMETER, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@Repeatable(Link.All.class)
public @interface Link {
  /**
   * Both hosts, and after a colon what the link does to packets, in the words of {@link
   * dev.sinew.sim.Impairments#parse}.
   */
  String value();

  /** What it does towards the host named first, where that differs. */
  String back() default "";

  /** Several of them. */
  @Documented
  @Target({ElementType.METHOD, ElementType.TYPE, ElementType.ANNOTATION_TYPE})
  @Retention(RetentionPolicy.RUNTIME)
  @interface All {
    /** The links. */
    Link[] value();
  }
}
