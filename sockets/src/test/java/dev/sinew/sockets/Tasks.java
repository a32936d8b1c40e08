package dev.sinew.sockets;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** A program in a thread of its own, with its outcome. */
final class Tasks<T> {
  final Thread thread;
  private final CompletableFuture<T> result = new CompletableFuture<>();

  private Tasks(Thread.Builder builder, Callable<T> program) {
    thread =
        builder.start(() -> {
          try {
            result.complete(program.call());
          } catch (Throwable e) {
            result.completeExceptionally(e);
          }
        });
  }

  static <T> Tasks<T> virtual(Callable<T> program) {
    return new Tasks<>(Thread.ofVirtual(), program);
  }

  static <T> Tasks<T> platform(Callable<T> program) {
    return new Tasks<>(Thread.ofPlatform().daemon(), program);
  }

  /** Its result, or the exception that it ended with. */
  T get() throws Exception {
    try {
      return result.get(10, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception x ? x : e;
    }
  }

  /** Waits until the thread really waits, so that what follows happens "during" the call. */
  Tasks<T> untilWaiting() throws InterruptedException {
    // Twice: on a busy machine it may have waited for something else on its way.
    for (int look = 0; look < 2; look++) {
      for (int i = 0; i < 1000 && !waits(); i++) {
        Thread.sleep(2);
      }
      Thread.sleep(20);
    }
    return this;
  }

  private boolean waits() {
    return switch (thread.getState()) {
      case WAITING, TIMED_WAITING, TERMINATED -> true;
      // A platform thread in a system call.
      case RUNNABLE -> {
        StackTraceElement[] stack = thread.getStackTrace();
        yield stack.length > 0 && stack[0].isNativeMethod();
      }
      default -> false;
    };
  }
}
