package dev.sinew.tests.kernel;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;

/** Waits with an end. */
final class Waiting {
  private Waiting() {}

  /**
   * Asks again and again until the answer is right; fails with the last one after {@code seconds}.
   */
  static <T> T until(String what, int seconds, Callable<T> question, Predicate<T> right)
      throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (true) {
      T answer = question.call();
      if (right.test(answer)) {
        return answer;
      }
      if (System.nanoTime() > end) {
        throw new AssertionError("after " + seconds + " s not yet: " + what + "; it is " + answer);
      }
      Thread.sleep(20);
    }
  }

  /** Runs work on a virtual thread. */
  static <T> CompletableFuture<T> start(Callable<T> work) {
    CompletableFuture<T> future = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> {
          try {
            future.complete(work.call());
          } catch (Throwable e) {
            future.completeExceptionally(e);
          }
        });
    return future;
  }

  /** Its result, or its exception as it was. */
  static <T> T get(CompletableFuture<T> future, int seconds) throws Exception {
    try {
      return future.get(seconds, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception x ? x : e;
    } catch (TimeoutException e) {
      throw new AssertionError("not done after " + seconds + " s", e);
    }
  }
}
