package dev.sinew.cli;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/**
 * ^C and a polite kill. The JDK's class for signals is not a supported part of it ({@code
 * sun.misc.Signal}), so it is reached by reflection; without it a shutdown hook does the same work,
 * with the JVM's own exit codes.
 */
final class Signals {
  private Signals() {}

  /**
   * Calls {@code onEnd} once with the exit code that the signal asks for: 130 for SIGINT, 0 for
   * SIGTERM, which is how a server is meant to end. A second signal ends the process at once.
   */
  static void handle(java.util.function.IntConsumer onEnd) {
    try {
      Class<?> signalClass = Class.forName("sun.misc.Signal");
      Class<?> handlerClass = Class.forName("sun.misc.SignalHandler");
      Object interrupt = signalClass.getConstructor(String.class).newInstance("INT");
      Object terminate = signalClass.getConstructor(String.class).newInstance("TERM");
      Method register = signalClass.getMethod("handle", signalClass, handlerClass);
      Object byDefault = handlerClass.getField("SIG_DFL").get(null);
      InvocationHandler call =
          (proxy, method, args) ->
              switch (method.getName()) {
                case "handle" -> {
                  register.invoke(null, interrupt, byDefault);
                  register.invoke(null, terminate, byDefault);
                  boolean isInterrupt = args[0].equals(interrupt);
                  Thread.ofPlatform()
                      .name("signal")
                      .start(() -> onEnd.accept(isInterrupt ? ExitCode.INTERRUPTED : ExitCode.OK));
                  yield null;
                }
                case "hashCode" -> System.identityHashCode(proxy);
                case "equals" -> proxy == args[0];
                default -> "signal handler";
              };
      Object handler =
          Proxy.newProxyInstance(
              Signals.class.getClassLoader(), new Class<?>[] {handlerClass}, call);
      register.invoke(null, interrupt, handler);
      register.invoke(null, terminate, handler);
    } catch (ReflectiveOperationException | IllegalArgumentException e) {
      Runtime.getRuntime().addShutdownHook(new Thread(() -> onEnd.accept(ExitCode.INTERRUPTED)));
    }
  }
}
