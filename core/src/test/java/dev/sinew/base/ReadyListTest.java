package dev.sinew.base;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ReadyListTest {
  private static final class Fake extends Endpoint {
    Fake(ReadyList list) {
      super(list);
    }

    void happen() {
      signal();
    }

    @Override
    public int readiness() {
      return 0;
    }

    @Override
    public void close() {}
  }

  private final ReadyList list = new ReadyList();
  private final Fake a = new Fake(list);
  private final Fake b = new Fake(list);
  private final Fake c = new Fake(list);

  @Test
  void endpointsComeOutInTheOrderOfHappening() {
    b.happen();
    a.happen();
    c.happen();
    assertThat(list.take()).isSameAs(b);
    assertThat(list.take()).isSameAs(a);
    assertThat(list.take()).isSameAs(c);
    assertThat(list.take()).isNull();
    assertThat(list.isEmpty()).isTrue();
  }

  @Test
  void anEndpointIsListedOnceHoweverMuchHappensToIt() {
    a.happen();
    b.happen();
    a.happen();
    assertThat(list.take()).isSameAs(a);
    assertThat(list.take()).isSameAs(b);
    assertThat(list.take()).isNull();
  }

  @Test
  void whatHappensAfterItWasTakenListsItAgain() {
    a.happen();
    assertThat(list.take()).isSameAs(a);
    a.happen();
    b.happen();
    assertThat(list.take()).isSameAs(a);
    a.happen();
    assertThat(list.take()).isSameAs(b);
    assertThat(list.take()).isSameAs(a);
    assertThat(list.isEmpty()).isTrue();
  }
}
