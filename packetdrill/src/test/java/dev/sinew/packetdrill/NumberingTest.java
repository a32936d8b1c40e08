package dev.sinew.packetdrill;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** A script's numbers and the connection's. */
class NumberingTest {
  @Test
  void relativeNumbersCountFromTheInitialOnes() {
    Numbering n = new Numbering(0, 0);
    n.local(0xffff_fff0, 0);
    n.remote(5000);
    assertThat(n.toLocal(0x20, false)).isEqualTo(0x10);
    assertThat(n.fromLocal(0x10, false)).isEqualTo(0x20);
    assertThat(n.toRemote(1, false)).isEqualTo(5001);
    assertThat(n.fromRemote(5001, false)).isEqualTo(1);
  }

  @Test
  void aSynsNumbersAreAbsolute() {
    Numbering n = new Numbering(0, 0);
    n.local(1234, 100);
    n.remote(5000);
    assertThat(n.toLocal(100, true)).isEqualTo(1234);
    assertThat(n.fromLocal(1234, true)).isEqualTo(100);
    assertThat(n.toRemote(5001, true)).isEqualTo(5001);
    assertThat(n.fromRemote(5001, true)).isEqualTo(5001);
  }

  @Test
  void theShiftOfAPassIsNotSeenByTheScript() {
    Numbering n = new Numbering(-1500, -7);
    n.remote(0);
    assertThat(n.toRemote(1, false)).isEqualTo(-1499);
    assertThat(n.fromRemote(-1499, false)).isEqualTo(1);
    assertThat(n.remoteTimestamp(5)).isEqualTo(-2);
    assertThat(n.fromRemoteTimestamp(-2)).isEqualTo(5);
    assertThat(n.fromRemoteTimestamp(0)).isZero();
  }

  @Test
  void echoesAreTheStacksOwn() {
    Numbering n = new Numbering(0, 0);
    n.sentTimestamp(100, 777_000);
    assertThat(n.echo(100)).isEqualTo(777_000);
    assertThat(n.echo(0)).isZero();
    assertThat(n.echo(101)).isNull();
    assertThat(n.echoNear(110)).isEqualTo(777_010);
  }
}
