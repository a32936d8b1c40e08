package dev.sinew.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.TestTemplate;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test on a simulated network, in virtual time: once for each seed. Its body is plain blocking
 * code, run as a program of the first host: every wait on a socket of the network, and {@link
 * dev.sinew.sockets.Runner#sleep}, takes no real time. When the body ends, the test has ended, and
 * programs that still wait are ended with it.
 *
 * <p>Parameters may be {@link dev.sinew.sim.Simulation}, {@link Wire}, and, by the name of the
 * parameter or by {@link Host} and {@link Link} on it, {@link dev.sinew.sim.SimHost} and {@link
 * dev.sinew.sim.SimLink}.
 *
 * <p>When it fails, the message tells the seed, how to run that seed again and the last packets,
 * and the whole exchange lies in {@code target/sinew} as a ladder and as a pcapng file for each
 * host.
 *
 * <pre>
 * &#64;SimTest(seeds = {1, 2, 3})
 * &#64;Link("client-server: delay 20ms loss 1%")
 * void aLostSegmentIsSentAgain(SimHost client, SimHost server, Wire wire) throws Exception { … }
 * </pre>
 *
 * <p>Configuration parameters of JUnit or system properties: {@code sinew.seed=N} runs that seed
 * alone; {@code sinew.sweep=N} replaces the number of every sweep; {@code sinew.output=FOLDER}.
 */
@Documented
@Target({ElementType.METHOD, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@TestTemplate
@ExtendWith(SimExtension.class)
public @interface SimTest {
  /** One invocation for each; 1 when neither these nor a sweep are given. */
  long[] seeds() default {};

  /**
   * One more invocation that runs so many seeds, from 1 on, on all cores, and tells of the first
   * that fails. All seeds share the test instance, so the body keeps its state to itself; {@code
   * &#64;BeforeEach} methods run once and may not ask for parts of the network.
   */
  int sweep() default 0;

  /**
   * Builds the network, where annotations do not say enough. It takes the place of {@link Host} and
   * {@link Link}.
   */
  Class<? extends SimNetwork> network() default SimNetwork.class;

  /**
   * False when the body is no program but drives the simulation itself: it calls {@code
   * Simulation.run()} and its kin.
   */
  boolean program() default true;

  /**
   * True when everything has to be over in the end: every program, socket, timer and byte of memory
   * ({@link dev.sinew.sim.Simulation#finish}).
   */
  boolean finish() default false;

  /** False when it is no failure that a declared fault has never fired. */
  boolean faultsMustFire() default true;

  /** The longest that the test may take in virtual time, in seconds; a day by default. */
  long limitSeconds() default 86_400;
}
