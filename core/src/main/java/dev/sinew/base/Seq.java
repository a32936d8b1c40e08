package dev.sinew.base;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks an {@code int} that holds a TCP sequence number (RFC 9293 section 3.4): it lives modulo
 * 2^32, so {@code <}, {@code >}, {@code Math.min} and their like are wrong on it. Compare only
 * through {@link SeqNum}; a source test rejects anything else.
 */
@Documented
@Retention(RetentionPolicy.CLASS)
@Target({ElementType.FIELD, ElementType.PARAMETER, ElementType.LOCAL_VARIABLE, ElementType.METHOD})
public @interface Seq {}
