package dev.sinew.stack;

import dev.sinew.ip.StackContext;
import dev.sinew.tcp.TcpLayer;
import java.lang.reflect.Field;

/** Opens a stack for tests that look at what it holds: nothing of this is for programs. */
public final class StackProbe {
  private static final Field CONTEXT = field("context");
  private static final Field TCP = field("tcp");

  private StackProbe() {}

  private static Field field(String name) {
    try {
      Field f = Stack.class.getDeclaredField(name);
      f.setAccessible(true);
      return f;
    } catch (NoSuchFieldException e) {
      throw new AssertionError(e);
    }
  }

  /** What the layers of the stack share. */
  public static StackContext context(Stack s) {
    return (StackContext) get(CONTEXT, s);
  }

  /** Its TCP. */
  public static TcpLayer tcp(Stack s) {
    return (TcpLayer) get(TCP, s);
  }

  private static Object get(Field f, Stack s) {
    try {
      return f.get(s);
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
  }
}
