package dev.sinew.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A host of the network of a {@link SimTest} method or of all those of a class; needed only for
 * what a {@link Link} does not say. On a parameter: the host with that name. A network on the
 * method replaces the class's.
 */
@Documented
@Target({ElementType.METHOD, ElementType.TYPE, ElementType.PARAMETER, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@Repeatable(Host.All.class)
public @interface Host {
  /** Its name: letters, digits, dots and underscores. */
  String value();

  /** Which system it takes after: standard, linux or freebsd. */
  String profile() default "standard";

  /**
   * True when it passes packets on. Hosts whose only link leads to a router send everything there.
   */
  boolean router() default false;

  /** Several of them. */
  @Documented
  @Target({ElementType.METHOD, ElementType.TYPE, ElementType.ANNOTATION_TYPE})
  @Retention(RetentionPolicy.RUNTIME)
  @interface All {
    /** The hosts. */
    Host[] value();
  }
}
